// Words for elementwise kernels and epilogues: aggregates whose call operator takes float vectors and scalars alike.
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

/// g(f(x)): f first.
template <class F, class G>
struct chain {
    static constexpr bool vector = F::vector && G::vector;
    F f{};
    G g{};
    template <class V>
    WASMINFER_INLINE auto operator()(V x) const noexcept
    {
        return g(f(x));
    }
};
template <class F, class G>
chain(F, G) -> chain<F, G>;

/// x < 0 ? 0 : x. NaN stays NaN.
struct relu {
    static constexpr bool vector = true;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmax(x, V(0));
    }
};

/// min(max(x, lo), hi): hi where lo > hi. NaN stays NaN. Bounds of type T, float for half.
template <class T = float>
struct clip {
    static constexpr bool vector = true;
    T lo;
    T hi;
    template <class V>
    WASMINFER_INLINE V operator()(V x) const noexcept
    {
        return pmin(pmax(x, V(lo)), V(hi));
    }
};
template <class T>
clip(T, T) -> clip<T>;

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
