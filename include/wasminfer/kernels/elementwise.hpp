// Elementwise kernels: unary, binary and where. Float and half run four lanes at a time where the functor takes vectors; half
// computes as float; everything else is a plain loop that the compiler may vectorise. Results don't depend on which.
//
// out may be the very array of an operand that has out's element size and is read at out's own index; otherwise operands and
// out must not overlap.
#pragma once

#include <wasminfer/functors.hpp>
#include <wasminfer/kernels/lanes.hpp>
#include <wasminfer/kernels/strided.hpp>

namespace wasminfer {

struct elementwise_extents {
    index n;
};

/// A table whose rows are contiguous.
struct table_extents {
    index rows;
    index cols;
};

/// Which elements the operands of a table binary give: all, one for everything, one row for all rows, one element a row.
enum class pattern { same, scalar_a, scalar_b, row_a, row_b, column_a, column_b };

/// Any broadcast: strides in elements, 0 where an operand repeats. out is contiguous.
template <int rank>
struct binary_extents {
    index dims[rank];
    index a[rank];
    index b[rank];
};

/// As binary_extents; cond is the condition.
template <int rank>
struct where_extents {
    index dims[rank];
    index cond[rank];
    index a[rank];
    index b[rank];
};

namespace detail {

/// out[i] = f(in[i])
template <class In, class Out, class F>
WASMINFER_INLINE void unary_row(const In* in, Out* out, index n, const F& f) noexcept
{
    if constexpr (runs_on_vectors<F, In, Out>) {
        index i = 0;
        for (; i + 4 <= n; i += 4) {
            store(out + i, f(load(in + i)));
        }
        if (i < n) {
            store_tail(out + i, f(load_tail(in + i, n - i)), n - i);
        }
    } else {
        for (index i = 0; i < n; ++i) {
            out[i] = narrow<Out>(f(widen(in[i])));
        }
    }
}

/// out[i] = f(a[i a_step], b[i b_step]), steps 0 or 1.
template <int a_step, int b_step, class A, class B, class Out, class F>
WASMINFER_INLINE void binary_row(const A* a, const B* b, Out* out, index n, const F& f) noexcept
{
    if (n <= 0) {
        return;
    }
    if constexpr (runs_on_vectors<F, A, B, Out>) {
        const f32x4 a_first = splat(widen(a[0]));
        const f32x4 b_first = splat(widen(b[0]));
        const auto x = [&](index at, index count) { return a_step == 0 ? a_first : load_lanes(a + at, count); };
        const auto y = [&](index at, index count) { return b_step == 0 ? b_first : load_lanes(b + at, count); };
        index i = 0;
        for (; i + 4 <= n; i += 4) {
            store(out + i, f(x(i, 4), y(i, 4)));
        }
        if (i < n) {
            store_tail(out + i, f(x(i, n - i), y(i, n - i)), n - i);
        }
    } else {
        // Copies, because a store to out might otherwise have to reload them.
        const auto a_first = widen(a[0]);
        const auto b_first = widen(b[0]);
        for (index i = 0; i < n; ++i) {
            const auto x = a_step == 0 ? a_first : widen(a[i]);
            const auto y = b_step == 0 ? b_first : widen(b[i]);
            out[i] = narrow<Out>(f(x, y));
        }
    }
}

/// Steps known at run time only.
template <class A, class B, class Out, class F>
WASMINFER_INLINE void binary_row(const A* a, index a_step, const B* b, index b_step, Out* out, index n,
                                 const F& f) noexcept
{
    if (a_step == 1 && b_step == 1) {
        binary_row<1, 1>(a, b, out, n, f);
    } else if (a_step == 1 && b_step == 0) {
        binary_row<1, 0>(a, b, out, n, f);
    } else if (a_step == 0 && b_step == 1) {
        binary_row<0, 1>(a, b, out, n, f);
    } else {
        for (index i = 0; i < n; ++i) {
            out[i] = narrow<Out>(f(widen(a[i * a_step]), widen(b[i * b_step])));
        }
    }
}

template <class Word>
WASMINFER_INLINE Word load_word(const std::byte* p, index i) noexcept
{
    Word word;
    std::memcpy(&word, p + i * static_cast<index>(sizeof(Word)), sizeof(Word));
    return word;
}

/// out[i] = cond[i cond_step] ? a[i a_step] : b[i b_step] on words of the elements' size, so that types share code.
template <class Word>
inline void where_row(const std::uint8_t* cond, index cond_step, const std::byte* a, index a_step, const std::byte* b,
                      index b_step, std::byte* out, index n) noexcept
{
    const auto run = [&](auto c_at, auto a_at, auto b_at) {
        for (index i = 0; i < n; ++i) {
            const Word x = load_word<Word>(a, a_at(i));
            const Word y = load_word<Word>(b, b_at(i));
            const Word chosen = cond[c_at(i)] != 0 ? x : y;
            std::memcpy(out + i * static_cast<index>(sizeof(Word)), &chosen, sizeof(Word));
        }
    };
    const auto each = [](index i) { return i; };
    const auto first = [](index) { return index{0}; };
    // The shapes that masks come in get loops with constant steps.
    if (cond_step == 1 && a_step == 1 && b_step == 1) {
        run(each, each, each);
    } else if (cond_step == 1 && a_step == 1 && b_step == 0) {
        run(each, each, first);
    } else if (cond_step == 1 && a_step == 0 && b_step == 1) {
        run(each, first, each);
    } else {
        run([=](index i) { return i * cond_step; }, [=](index i) { return i * a_step; },
            [=](index i) { return i * b_step; });
    }
}

template <std::size_t bytes>
struct word_of;
template <>
struct word_of<1> {
    using type = std::uint8_t;
};
template <>
struct word_of<2> {
    using type = std::uint16_t;
};
template <>
struct word_of<4> {
    using type = std::uint32_t;
};
template <>
struct word_of<8> {
    using type = std::uint64_t;
};

}  // namespace detail

/// out[i] = f(in[i]), i < n. Out is what f returns, or half where f computes in float.
template <class In, class Out, class F>
inline void unary(const In* in, Out* out, elementwise_extents e, F f) noexcept
{
    detail::unary_row(in, out, e.n, f);
}

/// out[i] = f(a[i], b[i]), i < n; scalar_a and scalar_b read a[0] and b[0] throughout.
template <pattern p = pattern::same, class A, class B, class Out, class F>
    requires(p == pattern::same || p == pattern::scalar_a || p == pattern::scalar_b)
inline void binary(const A* a, const B* b, Out* out, elementwise_extents e, F f) noexcept
{
    detail::binary_row<p == pattern::scalar_a ? 0 : 1, p == pattern::scalar_b ? 0 : 1>(a, b, out, e.n, f);
}

/// out[r, c] = f(a[r, c], b[c]) for row_b, f(a[r, c], b[r]) for column_b; row_a and column_a the other way round.
template <pattern p, class A, class B, class Out, class F>
    requires(p == pattern::row_a || p == pattern::row_b || p == pattern::column_a || p == pattern::column_b)
inline void binary(const A* a, const B* b, Out* out, table_extents e, F f) noexcept
{
    constexpr int a_step = p == pattern::column_a ? 0 : 1;
    constexpr int b_step = p == pattern::column_b ? 0 : 1;
    const index a_row = p == pattern::row_a ? 0 : p == pattern::column_a ? 1 : e.cols;
    const index b_row = p == pattern::row_b ? 0 : p == pattern::column_b ? 1 : e.cols;
    for (index r = 0; r < e.rows; ++r) {
        detail::binary_row<a_step, b_step>(a + r * a_row, b + r * b_row, out + r * e.cols, e.cols, f);
    }
}

/// out[i…] = f(a[i… · a strides], b[i… · b strides]).
template <int rank, class A, class B, class Out, class F>
inline void binary(const A* a, const B* b, Out* out, const binary_extents<rank>& e, F f) noexcept
{
    const index cols = e.dims[rank - 1];
    detail::for_each_row<rank, 2>(e.dims, {e.a, e.b}, {0, 0}, [&](const std::array<index, 2>& at) {
        detail::binary_row(a + at[0], e.a[rank - 1], b + at[1], e.b[rank - 1], out, cols, f);
        out += cols;
    });
}

/// out[i…] = cond[…] ? a[…] : b[…], any broadcast. cond is bool or uint8. a and b may be half, float, integers or bool.
template <int rank, class C, class T>
inline void where(const C* cond, const T* a, const T* b, T* out, const where_extents<rank>& e) noexcept
{
    static_assert(sizeof(C) == 1);
    using word = typename detail::word_of<sizeof(T)>::type;
    const auto* flags = reinterpret_cast<const std::uint8_t*>(cond);
    const index cols = e.dims[rank - 1];
    detail::for_each_row<rank, 3>(e.dims, {e.cond, e.a, e.b}, {0, 0, 0}, [&](const std::array<index, 3>& at) {
        detail::where_row<word>(flags + at[0], e.cond[rank - 1], reinterpret_cast<const std::byte*>(a + at[1]),
                                e.a[rank - 1], reinterpret_cast<const std::byte*>(b + at[2]), e.b[rank - 1],
                                reinterpret_cast<std::byte*>(out), cols);
        out += cols;
    });
}

/// out[i] = cond[i] ? a[i] : b[i], i < n.
template <class C, class T>
inline void where(const C* cond, const T* a, const T* b, T* out, elementwise_extents e) noexcept
{
    where<1>(cond, a, b, out, {.dims = {e.n}, .cond = {1}, .a = {1}, .b = {1}});
}

}  // namespace wasminfer
