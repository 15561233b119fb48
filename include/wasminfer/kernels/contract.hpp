// Sums of products over any axes of one or two tensors: what of Einsum is no matrix product.
#pragma once

#include <wasminfer/functors/integer.hpp>

namespace wasminfer {

/// A loop nest: the first `kept` axes are the output's, the others are summed. Strides in elements, 0 repeats.
template <int rank>
struct contract_extents {
    index kept = 0;
    index dims[rank] = {};
    index a[rank] = {};
    index b[rank] = {};
    index out[rank] = {};
};

namespace detail {

/// Steps to the next place of axes [from, to); false after the last one.
template <int rank>
WASMINFER_INLINE bool next_place(const contract_extents<rank>& e, index (&at)[rank], index from, index to) noexcept
{
    for (index axis = to; axis-- > from;) {
        if (++at[axis] < e.dims[axis]) {
            return true;
        }
        at[axis] = 0;
    }
    return false;
}

template <int rank>
WASMINFER_INLINE index place_of(const index (&at)[rank], const index (&strides)[rank]) noexcept
{
    index place = 0;
    for (int axis = 0; axis < rank; ++axis) {
        place += at[axis] * strides[axis];
    }
    return place;
}

}  // namespace detail

/// out = Σ a · b, or Σ a where b is null; computed in compute_t (integers wrap), rounded once.
template <int rank, class T>
inline void contract(const T* a, std::type_identity_t<const T*> b, T* out, const contract_extents<rank>& e) noexcept
{
    index outputs = 1;
    index terms = 1;
    for (index axis = 0; axis < rank; ++axis) {
        (axis < e.kept ? outputs : terms) *= e.dims[axis];
    }
    if (outputs == 0) {
        return;
    }
    index at[rank] = {};
    do {
        compute_t<T> sum{};
        if (terms > 0) {
            do {
                const auto x = widen(a[detail::place_of(at, e.a)]);
                sum = detail::wrap_add(sum, b ? detail::wrap_multiply(x, widen(b[detail::place_of(at, e.b)])) : x);
            } while (detail::next_place(e, at, e.kept, rank));
        }
        out[detail::place_of(at, e.out)] = static_cast<T>(sum);
    } while (detail::next_place(e, at, 0, e.kept));
}

}  // namespace wasminfer
