#include "ops/elementwise.hpp"

namespace wasminfer::gen {

std::span<const Operator> elementwise_operators()
{
    static const std::vector<Operator> rows = [] {
        std::vector<Operator> list;
        for (const auto part :
             {unary_rows(), binary_rows(), variadic_rows(), cast_rows(), clip_rows(), where_rows(), pixel_rows()}) {
            list.insert(list.end(), part.begin(), part.end());
        }
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
