#include "ops/matrix.hpp"

#include <wasminfer/kernels/scale_matrix.hpp>

namespace wasminfer::gen {

namespace {

std::string scalar_text(DType type, double number)
{
    if (type == DType::f64) {
        return literal(number);
    }
    return is_float(type) ? literal(static_cast<float>(number)) : literal(static_cast<std::int64_t>(number));
}

/// The extents, where all of them are numbers and the result is worth its bytes.
std::optional<scale_matrix_extents> stored_extents(const Matrix& m)
{
    constexpr std::int64_t most = std::int64_t{1} << 16;
    const Dim* const members[] = {&m.rows, &m.cols, &m.row_stride, &m.col_stride};
    index numbers[4];
    for (std::size_t i = 0; i < 4; ++i) {
        const auto number = members[i]->as_constant();
        if (!number) {
            return std::nullopt;
        }
        numbers[i] = static_cast<index>(*number);
    }
    const Value* value = m.operand.value;
    if (!value || !value->is_constant() || m.operand.byte_offset != Dim{0}) {
        return std::nullopt;
    }
    const Dim bytes = m.rows * m.cols * static_cast<std::int64_t>(size_of(m.dtype));
    if (bytes.constant() > std::max(most, static_cast<std::int64_t>(value->constant->bytes().size()))) {
        return std::nullopt;
    }
    return scale_matrix_extents{
        .rows = numbers[0], .cols = numbers[1], .row_stride = numbers[2], .col_stride = numbers[3]};
}

}  // namespace

Operand contiguous(Lower& lower, const Matrix& m, double factor)
{
    if (const auto extents = stored_extents(m)) {
        return dispatch_product(m.dtype, [&]<class T>() {
            std::vector<T> elements(static_cast<std::size_t>(extents->rows * extents->cols));
            scale_matrix(m.operand.value->constant->as<T>().data(), elements.data(), *extents,
                         static_cast<compute_t<T>>(factor));
            return lower.weight(m.operand.value->name, m.dtype, elements);
        });
    }
    const Dim bytes = m.rows * m.cols * static_cast<std::int64_t>(size_of(m.dtype));
    const Operand out = lower.temporary(m.dtype, bytes);
    auto call =
        lower.call("scale_matrix", "kernels/scale_matrix.hpp")
            .read(m.operand)
            .write(out)
            .extents({{"rows", m.rows}, {"cols", m.cols}, {"row_stride", m.row_stride}, {"col_stride", m.col_stride}});
    if (factor != 1) {
        call.text(scalar_text(m.dtype, factor));
    }
    call.host([type = m.dtype, factor](const HostCall& host) {
        dispatch_product(type, [&]<class T>() {
            scale_matrix(host.in<T>(0), host.out<T>(1), host.extents<scale_matrix_extents>(),
                         static_cast<compute_t<T>>(factor));
        });
    });
    return out;
}

}  // namespace wasminfer::gen
