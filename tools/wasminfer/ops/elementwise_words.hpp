#pragma once

#include <wasminfer/kernels/elementwise.hpp>

#include "ops/broadcast.hpp"
#include "ops/elementwise.hpp"

namespace wasminfer::gen {

/// Runs F on all elements, for the types in the set; F's result is stored in the input's type, or as bool.
template <class F, TypeSet set, bool boolean = false>
void run_unary(const HostCall& call, const FunctorValues& values)
{
    dispatch_in<set>(call.dtypes[0], [&]<class T>() {
        using Out = std::conditional_t<boolean, bool, T>;
        unary(call.in<T>(0), call.out<Out>(1), elementwise_extents{call.numbers[0]}, make_functor<F>(values));
    });
}

/// f on elements of types A and B, broadcast.
template <class A, class B, class Out, class F>
void run_binary(const HostCall& call, const BroadcastNumbers& numbers, const F& f)
{
    for_each_box(numbers, [&](index at, const auto& from, const index(&dims)[4], const auto& strides) {
        binary_extents<4> e;
        for (std::size_t i = 0; i < 4; ++i) {
            e.dims[i] = dims[i];
            e.a[i] = strides[0][i];
            e.b[i] = strides[1][i];
        }
        binary(call.in<A>(0) + from[0], call.in<B>(1) + from[1], call.out<Out>(2) + at, e, f);
    });
}

template <class F, TypeSet set, bool boolean = false>
void run_binary_word(const HostCall& call, const BroadcastNumbers& numbers)
{
    dispatch_in<set>(call.dtypes[0], [&]<class T>() {
        using Out = std::conditional_t<boolean, bool, T>;
        run_binary<T, T, Out>(call, numbers, F{});
    });
}

/// max{} and min{} on any numbers.
void run_max(const HostCall& call, const BroadcastNumbers& numbers);
void run_min(const HostCall& call, const BroadcastNumbers& numbers);

template <class F, TypeSet set>
constexpr UnaryWord unary_word(std::string_view type, std::int64_t since, std::string_view functor,
                               std::array<FunctorParameter, 2> parameters = {})
{
    return {.type = type,
            .since = since,
            .types = set,
            .functor = functor,
            .host = run_unary<F, set>,
            .parameters = parameters};
}

template <class F, TypeSet set>
constexpr BinaryWord binary_word(std::string_view type, std::int64_t since, std::string_view functor,
                                 SymbolicArithmetic symbolic = nullptr)
{
    return {.type = type,
            .since = since,
            .types = set,
            .functor = functor,
            .host = run_binary_word<F, set>,
            .symbolic = symbolic};
}

/// A comparison: the result is bool.
template <class F, TypeSet set>
constexpr BinaryWord comparison_word(std::string_view type, std::int64_t since, std::string_view functor,
                                     SymbolicArithmetic symbolic = nullptr)
{
    return {.type = type,
            .since = since,
            .types = set,
            .functor = functor,
            .host = run_binary_word<F, set, true>,
            .boolean = true,
            .symbolic = symbolic};
}

}  // namespace wasminfer::gen
