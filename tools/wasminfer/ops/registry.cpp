#include <algorithm>
#include <array>
#include <tuple>

#include "ops/control.hpp"
#include "ops/ml.hpp"
#include "ops/quantized.hpp"
#include "ops/refused.hpp"
#include "ops/vision.hpp"

namespace wasminfer::gen {

namespace {

auto key(const Operator& row)
{
    return std::tuple{row.domain, row.type, row.since};
}

const std::vector<const Operator*>& rows()
{
    static const std::vector<const Operator*> sorted = [] {
        std::vector<const Operator*> list;
        for (const auto family : {
                 append_operators(),
                 attention_operators(),
                 branch_operators(),
                 columns_operators(),
                 constant_operators(),
                 conv_operators(),
                 copy_operators(),
                 custom_operators(),
                 depth_to_space_operators(),
                 detection_operators(),
                 determinant_operators(),
                 einsum_operators(),
                 elementwise_operators(),
                 gather_operators(),
                 gemm_operators(),
                 loop_operators(),
                 loss_operators(),
                 ml_feature_operators(),
                 ml_label_operators(),
                 ml_linear_operators(),
                 ml_svm_operators(),
                 ml_tree_operators(),
                 movement_operators(),
                 normalize_operators(),
                 pad_operators(),
                 pool_operators(),
                 quantize_operators(),
                 quantized_conv_operators(),
                 quantized_elementwise_operators(),
                 quantized_matmul_operators(),
                 quantized_pool_operators(),
                 reduce_operators(),
                 resize_operators(),
                 rnn_operators(),
                 sample_operators(),
                 scan_loop_operators(),
                 scan_operators(),
                 select_operators(),
                 sequence_operators(),
                 shape_operators(),
                 signal_operators(),
                 softmax_operators(),
                 strided_operators(),
                 tfidf_operators(),
                 view_operators(),
             }) {
            for (const Operator& row : family) {
                list.push_back(&row);
            }
        }
        std::ranges::sort(list, {}, [](const Operator* row) { return key(*row); });
        return list;
    }();
    return sorted;
}

}  // namespace

const Operator* find_operator(std::string_view domain, std::string_view type, std::int64_t opset)
{
    const auto fits = [&](const Operator* row) {
        return row->domain == domain && row->type == type && row->since <= opset && opset <= row->until;
    };
    const auto it = std::ranges::find_if(rows(), fits);
    return it == rows().end() ? nullptr : *it;
}

std::vector<const Operator*> all_operators()
{
    return rows();
}

OperatorError explain_missing(const Node& node)
{
    const auto of_domain = [&](const Operator* row) { return row->domain == node.domain; };
    const auto of_type = [&](const Operator* row) { return of_domain(row) && row->type == node.op; };
    if (const auto it = std::ranges::find_if(rows(), of_type); it != rows().end()) {
        return OperatorError{"is implemented for opsets " + std::to_string((*it)->since) + " to " +
                                 std::to_string((*it)->until) + ", and the model imports opset " +
                                 std::to_string(node.opset),
                             "export the model with another opset, or convert it"};
    }
    if (const Refusal* refusal = find_refusal(node.domain, node.op)) {
        return OperatorError{std::string{refusal->reason}, std::string{refusal->advice}};
    }
    const std::string advice =
        "'wasminfer ops' lists what is supported; an operator of your own is a C++ function: --custom '" +
        (node.domain.empty() ? "" : node.domain + "::") + node.op + "=" + "yours.hpp:your::function'";
    if (!std::ranges::any_of(rows(), of_domain)) {
        return OperatorError{"the domain '" + node.domain + "' is not known", advice};
    }
    return OperatorError{"is not a supported operator", advice};
}

}  // namespace wasminfer::gen
