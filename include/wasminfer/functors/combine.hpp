// How functors are put together, and the two that epilogues begin with: identity and residual.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer {

/// x
struct identity {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return x;
    }
};

/// g(f(x)), g(f(x, y)): f first.
template <class F, class G>
struct chain {
    static constexpr bool vector = F::vector && G::vector;
    F f{};
    G g{};
    template <class... V>
    WASMINFER_INLINE auto operator()(V... x) const noexcept
    {
        return g(f(x...));
    }
};
template <class F, class G>
chain(F, G) -> chain<F, G>;

/// f(x, value): a binary functor whose right operand is a scalar.
template <class F, class T>
struct bind_right {
    static constexpr bool vector = F::vector;
    F f{};
    T value{};
    template <class V>
    WASMINFER_INLINE auto operator()(V x) const noexcept
    {
        return f(x, V(value));
    }
};
template <class F, class T>
bind_right(F, T) -> bind_right<F, T>;

/// f(value, x): a binary functor whose left operand is a scalar.
template <class F, class T>
struct bind_left {
    static constexpr bool vector = F::vector;
    F f{};
    T value{};
    template <class V>
    WASMINFER_INLINE auto operator()(V x) const noexcept
    {
        return f(V(value), x);
    }
};
template <class F, class T>
bind_left(F, T) -> bind_left<F, T>;

/// Epilogue for gemm and the convolutions: f(accumulator + ptr[same offset as out]). ptr has out's layout and type.
template <class F = identity, class T = float>
struct residual {
    static constexpr bool vector = F::vector;
    const T* ptr;
    F f{};
};
template <class T>
residual(const T*) -> residual<identity, T>;
template <class T, class F>
residual(const T*, F) -> residual<F, T>;

/// True for residual<…>: kernels that take an epilogue add ptr[offset] before they call f.
template <class E>
inline constexpr bool is_residual = false;
template <class F, class T>
inline constexpr bool is_residual<residual<F, T>> = true;

}  // namespace wasminfer
