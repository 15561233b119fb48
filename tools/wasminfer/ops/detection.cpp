// NonMaxSuppression.
#include <wasminfer/kernels/non_max_suppression.hpp>

#include "ops/attributes.hpp"
#include "ops/spatial.hpp"
#include "ops/vision.hpp"

namespace wasminfer::gen {

namespace {

bool has_centers(const NodeView& view)
{
    const auto format = view.int_attribute("center_point_box", 0);
    if (format != 0 && format != 1) {
        NodeView::fail("attribute 'center_point_box' = " + std::to_string(format) + " is neither 0 nor 1");
    }
    return format == 1;
}

void require_number(const NodeView& view, std::size_t input, DType type)
{
    if (view.has(input)) {
        view.require_types(input, {type});
        if (!(element_count(view.shape(input)) == Dim{1})) {
            NodeView::fail("input " + std::to_string(input) + " should be one number and has the shape " +
                           to_string(view.shape(input)));
        }
    }
}

/// How many boxes of a class can be taken at most.
Dim most_of_a_class(const NodeView& view, const Dim& boxes)
{
    if (!view.has(2)) {
        return 0;
    }
    if (const Tensor* most = view.in(2).numbers()) {
        return min(boxes, std::max<std::int64_t>(most->to_ints()[0], 0));
    }
    return boxes;
}

void infer_non_max_suppression(Infer& infer)
{
    infer.require_inputs(2, 5);
    only_attributes(infer, {"center_point_box"});
    has_centers(infer);
    infer.require_types(0, {DType::f32});
    infer.require_types(1, {DType::f32});
    require_number(infer, 2, DType::i64);
    require_number(infer, 3, DType::f32);
    require_number(infer, 4, DType::f32);
    const Shape& boxes = infer.shape(0);
    const Shape& scores = infer.shape(1);
    if (boxes.size() != 3 || scores.size() != 3 || !(boxes[2] == Dim{4})) {
        NodeView::fail("boxes of shape " + to_string(boxes) + " and scores of shape " + to_string(scores) +
                       ": expected are [N, boxes, 4] and [N, classes, boxes]");
    }
    require_equal(boxes[0], scores[0], "batches of boxes and scores");
    require_equal(boxes[1], scores[2], "numbers of boxes and scores");
    const Dim most = scores[0] * scores[1] * most_of_a_class(infer, boxes[1]);
    infer.set(0, DType::i64, {most == Dim{0} ? Dim{0} : infer.measured("selected", most), 3});
}

void lower_non_max_suppression(Lower& lower)
{
    const Shape& boxes = lower.shape(0);
    const bool centers = has_centers(lower);
    auto call = lower.call("non_max_suppression", "kernels/non_max_suppression.hpp");
    if (centers) {
        call.templates("box_format::center");
    }
    call.read(lower.operand(0))
        .read(lower.operand(1))
        .read(lower.operand(2))
        .read(lower.operand(3))
        .read(lower.operand(4))
        .write(lower.result(0))
        .write(lower.temporary(DType::i64, boxes[1] * Dim{8}))
        .extents({{"batch", boxes[0]}, {"classes", lower.shape(1)[1]}, {"boxes", boxes[1]}})
        .host([centers](const HostCall& host) {
            const auto run =
                centers ? non_max_suppression<box_format::center> : non_max_suppression<box_format::corners>;
            run(host.in<float>(0), host.in<float>(1), host.in<std::int64_t>(2), host.in<float>(3), host.in<float>(4),
                host.out<std::int64_t>(5), host.out<std::int64_t>(6), host.extents<non_max_suppression_extents>());
        });
    if (const Dim& count = (*lower.out(0).shape)[0]; !count.is_constant()) {
        call.measures(count);
    }
}

}  // namespace

std::span<const Operator> detection_operators()
{
    static constexpr Operator rows[] = {
        {.type = "NonMaxSuppression",
         .since = 10,
         .infer = infer_non_max_suppression,
         .lower = lower_non_max_suppression},
    };
    return rows;
}

}  // namespace wasminfer::gen
