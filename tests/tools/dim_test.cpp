#include "ir/dim.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <sstream>

#include <doctest/doctest.h>

#include "support/diagnostics.hpp"

using namespace wasminfer::gen;

namespace {

const Dim h = Dim::symbol("h");
const Dim w = Dim::symbol("w");
const Dim seq = Dim::symbol("seq");
const Dim past = Dim::symbol("past");
constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
constexpr auto largest = std::numeric_limits<std::int64_t>::max();

std::string parsed(std::string_view text)
{
    const auto dim = parse_dim(text);
    return dim ? dim->str() : "none";
}

}  // namespace

TEST_CASE("dim: plain integers compute and carry no expression")
{
    const Dim seven = 7;
    CHECK(seven.is_constant());
    CHECK((seven * 6 - 2).constant() == 40);
    CHECK(floor_div(-7, 2) == -4);
    CHECK(floor_div(7, -2) == -4);
    CHECK(ceil_div(-7, 2) == -3);
    CHECK(ceil_div(7, 2) == 4);
    CHECK(mod(-7, 4) == 1);
    CHECK(mod(7, -4) == -1);
    CHECK(min(3, 4) == 3);
    CHECK(max(3, 4) == 4);
    CHECK(Dim{} == 0);
    CHECK_FALSE(h.is_constant());
    CHECK(seven.as_constant() == 7);
    CHECK(h.as_constant() == std::nullopt);
}

TEST_CASE("dim: a symbol is known by its name")
{
    REQUIRE(h.as_symbol() != nullptr);
    CHECK(*h.as_symbol() == "h");
    CHECK((h + 1).as_symbol() == nullptr);
    CHECK((2 * h).as_symbol() == nullptr);
    CHECK(Dim{3}.as_symbol() == nullptr);
    CHECK(h == Dim::symbol("h"));
    CHECK(h != w);
    CHECK((floor_div(h + w, 2) * max(seq, 1) + h).symbols() == std::set<std::string>{"h", "seq", "w"});
}

TEST_CASE("dim: sums and products have one normal form")
{
    CHECK(h - h == 0);
    CHECK(h + w == w + h);
    CHECK((h + 1) * (h - 1) == h * h - 1);
    CHECK((h + w) * (h + w) == h * h + 2 * h * w + w * w);
    CHECK(2 * h + 3 * h - 5 * h + 4 == 4);
    CHECK(h * w * 0 == 0);
    Dim sum = h;
    sum += 2;
    sum *= w;
    sum -= w * h;
    CHECK(sum == 2 * w);
}

TEST_CASE("dim: floor_div takes out what the divisor divides")
{
    CHECK(floor_div(6 * h, 3) == 2 * h);
    CHECK(floor_div(4 * h + 3, 4) == h);
    CHECK(floor_div(4 * h - 1, 4) == h - 1);
    CHECK(floor_div(5 * h, 2) == 2 * h + floor_div(h, 2));
    CHECK(floor_div(4 * h + 2, 6) == floor_div(2 * h + 1, 3));
    CHECK(floor_div(h, 1) == h);
    CHECK(floor_div(h, -1) == -h);
    CHECK(floor_div(h - 1, 2) + 1 == floor_div(h + 1, 2));
    CHECK(floor_div(0, h) == 0);
    CHECK(floor_div(h, h) == 1);
}

TEST_CASE("dim: floor_div by an expression cancels common factors")
{
    CHECK(floor_div(h * w * 64, w * 64) == h);
    CHECK(floor_div(seq * 12, 4 * seq) == 3);
    CHECK(floor_div(h * h - w * w, h + w) == h - w);
    CHECK(floor_div(64 * h * (seq + 1), 64 * (seq + 1)) == h);
    CHECK(floor_div(h * w + w, w) == h + 1);
    CHECK(floor_div(2 * h * w, 4 * w) == floor_div(h, 2));
    CHECK(floor_div(-h, -w) == floor_div(h, w));
}

TEST_CASE("dim: floors over floors become one, as strided convolutions stack")
{
    CHECK(floor_div(floor_div(h, 2), 3) == floor_div(h, 6));
    Dim extent = h;
    for (int i = 0; i < 5; ++i) {
        extent = floor_div(extent + 2 - 3, 2) + 1;
    }
    CHECK(extent == floor_div(h - 1, 32) + 1);
    CHECK(floor_div(w - floor_div(h, 3), 2) == floor_div(3 * w - h + 2, 6));
}

TEST_CASE("dim: ceil_div is minus the floor of the negative")
{
    CHECK(ceil_div(h, 2) == floor_div(h + 1, 2));
    CHECK(ceil_div(h, 8) == -floor_div(-h, 8));
    CHECK(ceil_div(4 * h + 1, 4) == h + 1);
    CHECK(ceil_div(h * w, w) == h);
}

TEST_CASE("dim: mod drops what the divisor divides")
{
    CHECK(mod(4 * h, 4) == 0);
    CHECK(mod(4 * h + 7, 4) == 3);
    CHECK(mod(5 * h, 4) == mod(h, 4));
    CHECK(mod(2 * h + 1, 4) == 2 * mod(h, 2) + 1);
    CHECK(mod(h * w, w) == 0);
    CHECK(mod(h * w + seq, w) == mod(seq, w));
    CHECK(mod(mod(h, 8), 4) == mod(h, 4));
    CHECK(mod(4 - mod(h, 4), 4) == mod(-h, 4));
    CHECK(mod(h, -4) == -mod(-h, 4));
    CHECK(mod(h, 1) == 0);
}

TEST_CASE("dim: min and max are flat, sorted, and drop what another argument decides")
{
    CHECK(min(h, h) == h);
    CHECK(min(h, w) == min(w, h));
    CHECK(min(h, min(w, seq)) == min(min(seq, h), w));
    CHECK(min(h + 1, h) == h);
    CHECK(max(h - 2, h) == h);
    CHECK(max(max(h, 3), 5) == max(h, 5));
    CHECK(min(min(h, 3), 5) == min(h, 3));
    CHECK(min(h, largest) == h);
    CHECK(max(smallest, h) == h);
    CHECK(max(h, 1) != h);
}

TEST_CASE("dim: evaluate")
{
    const Dim dim = floor_div(h + 1, 2) * w + mod(-h, 4) - min(h, w);
    CHECK(dim.evaluate({{"h", 5}, {"w", 3}}) == 9 + 3 - 3);
    CHECK(dim.evaluate({{"h", 5}}) == std::nullopt);
    CHECK(floor_div(h, w).evaluate({{"h", 5}, {"w", 0}}) == std::nullopt);
    CHECK(mod(h, w).evaluate({{"h", 5}, {"w", 0}}) == std::nullopt);
    CHECK((h * w).evaluate({{"h", largest}, {"w", 2}}) == std::nullopt);
    CHECK((h + w).evaluate({{"h", largest}, {"w", 1}}) == std::nullopt);
    CHECK(floor_div(h, w).evaluate({{"h", smallest}, {"w", -1}}) == std::nullopt);
    CHECK(Dim{4}.evaluate({}) == 4);
}

TEST_CASE("dim: substitute replaces all symbols at once")
{
    const Dim dim = floor_div(h, 2) + w * seq;
    CHECK(dim.substitute({{"h", 4 * w}, {"w", h}}) == 2 * w + h * seq);
    CHECK(dim.substitute({{"h", 9}, {"w", 2}, {"seq", 3}}) == 10);
    CHECK(dim.substitute({}) == dim);
    CHECK_THROWS_AS(floor_div(h, w).substitute({{"w", 0}}), OperatorError);
}

TEST_CASE("dim: bounds of sums, products and atoms")
{
    const std::map<std::string, Range> ranges = {{"h", {1, 10}}, {"w", {-2, 3}}, {"seq", {0, largest}}};
    CHECK((2 * h + 1).bounds(ranges) == Range{3, 21});
    CHECK((h * w).bounds(ranges) == Range{-20, 30});
    CHECK(floor_div(h + 1, 2).bounds(ranges) == Range{1, 5});
    CHECK(floor_div(10, w).bounds(ranges) == Range{-10, 10});
    CHECK(floor_div(w, h).bounds(ranges) == Range{-2, 3});
    CHECK(mod(h, 4).bounds(ranges) == Range{0, 3});
    CHECK(mod(h, 64).bounds(ranges) == Range{1, 10});
    CHECK(mod(h, w).bounds(ranges) == Range{-1, 2});
    CHECK(min(h, 4).bounds(ranges) == Range{1, 4});
    CHECK(max(h, w).bounds(ranges) == Range{1, 10});
    CHECK((seq + 1).bounds(ranges) == Range{1, largest});
    CHECK((-seq).bounds(ranges) == Range{smallest, 0});
    CHECK(Dim::symbol("free").bounds(ranges) == Range{});
    CHECK(Dim{largest}.bounds({}) == Range{largest, largest});
}

TEST_CASE("dim: bounds see what terms of a sum share")
{
    const std::map<std::string, Range> ranges = {{"h", {1, 9}}, {"w", {1, 9}}};
    CHECK((h - floor_div(h, 2)).bounds(ranges) == Range{1, 5});
    CHECK((h - 2 * floor_div(h, 2)).bounds(ranges) == Range{0, 1});
    CHECK((h - min(h, w)).bounds(ranges).lo == 0);
    CHECK((max(h, w) - w).bounds(ranges).lo == 0);
    CHECK((max(h, w) - min(h, w)).bounds(ranges).lo == 0);
    CHECK(known_ge(h, floor_div(h, 2), ranges));
    CHECK(known_ge(h + 1, h, {}));
    CHECK(known_ge(floor_div(h + 3, 4) * 4, h, {}));
    CHECK(known_ge(h, 1, ranges));
    CHECK_FALSE(known_ge(h, 2, ranges));
    CHECK_FALSE(known_ge(h, w, ranges));
}

TEST_CASE("dim: bounds saturate instead of wrapping")
{
    const std::map<std::string, Range> ranges = {{"h", {1, largest}}, {"w", {1L << 40, 1L << 41}}};
    CHECK((h * h).bounds(ranges) == Range{1, largest});
    CHECK((-h * h).bounds(ranges) == Range{smallest, -1});
    CHECK((w * w).bounds(ranges).hi == largest);
    CHECK((w * w - h).bounds(ranges).lo == smallest);
    CHECK((w * w - 5).bounds(ranges).hi == largest);
    CHECK(floor_div(h, w).bounds(ranges) == Range{0, largest});
    CHECK(floor_div(-h, h + 1).bounds(ranges).hi <= -1);
}

TEST_CASE("dim: known_equal proves more than ==")
{
    CHECK(known_equal(h - mod(h, 4), 4 * floor_div(h, 4)));
    CHECK(known_equal(h - floor_div(h, 2), ceil_div(h, 2)));
    CHECK(known_equal(floor_div(-h, 3), floor_div(2 * h, 3) - h));
    CHECK(known_equal(h + w, w + h));
    CHECK_FALSE(known_equal(h, w));
    CHECK_FALSE(known_equal(floor_div(h, 2), ceil_div(h, 2)));
    CHECK_FALSE(known_equal(mod(h, 4), mod(h, 8)));
}

TEST_CASE("dim: text for people")
{
    CHECK(Dim{-3}.str() == "-3");
    CHECK((1 + 2 * seq).str() == "2*seq + 1");
    CHECK(floor_div(h + 1, 2).str() == "(h + 1)/2");
    CHECK((4 * floor_div(h, 4)).str() == "4*(h/4)");
    CHECK(floor_div(2 * h, 3).str() == "2*h/3");
    CHECK((floor_div(h, 2) - 1).str() == "h/2 - 1");
    CHECK((-h).str() == "-h");
    CHECK((w - h).str() == "-h + w");
    CHECK((past + seq).str() == "past + seq");
    CHECK((seq * seq * 3).str() == "3*seq**2");
    CHECK((h * w * seq).str() == "h*seq*w");
    CHECK(mod(h + 1, 4).str() == "(h + 1) % 4");
    CHECK(mod(-h, 4).str() == "(-h) % 4");
    CHECK(floor_div(h, w + 1).str() == "h/(w + 1)");
    CHECK(min(h, min(w, 3)).str() == "min(h, w, 3)");
    CHECK((2 * max(h, 1)).str() == "2*max(h, 1)");
    std::ostringstream stream;
    stream << h + 1;
    CHECK(stream.str() == "h + 1");
}

TEST_CASE("dim: text for the generated header")
{
    const auto cpp = [](const Dim& dim) { return dim.cpp([](const std::string& name) { return name + "_"; }); };
    CHECK(cpp(12) == "12");
    CHECK(cpp(2 * seq + 1) == "2*seq_ + 1");
    CHECK(cpp(seq * seq) == "seq_*seq_");
    CHECK(cpp(4 * floor_div(h + 1, 2) - 3) == "4*wasminfer::floor_div(h_ + 1, 2) - 3");
    CHECK(cpp(mod(-h, 4)) == "wasminfer::floor_mod(-h_, 4)");
    CHECK(cpp(max(h, 1)) == "std::max<wasminfer::index>(h_, 1)");
    CHECK(cpp(min(h, min(w, 3))) == "std::min<wasminfer::index>(std::min<wasminfer::index>(h_, w_), 3)");
    CHECK(cpp(smallest) == "(-9223372036854775807 - 1)");
}

TEST_CASE("dim: overflow and hostile growth throw")
{
    CHECK_THROWS_AS(Dim{largest} + 1, OperatorError);
    CHECK_THROWS_AS(Dim{largest} * 2, OperatorError);
    CHECK_THROWS_AS(-Dim{smallest}, OperatorError);
    CHECK_THROWS_AS(floor_div(smallest, -1), OperatorError);
    CHECK_THROWS_AS(h * largest * 2, OperatorError);
    CHECK_THROWS_AS(floor_div(h, 0), OperatorError);
    CHECK_THROWS_AS(mod(h, w - w), OperatorError);
    CHECK(Dim{-1} - smallest == largest);
    CHECK(mod(smallest, -1) == 0);
    CHECK(floor_div(h + smallest, 1721717) == floor_div(h + 1173507, 1721717) - 5357077868695);

    const auto square_forever = [] {
        for (Dim x = h + w + 1;; x *= x) {
        }
    };
    CHECK_THROWS_AS(square_forever(), OperatorError);
    const auto nest_forever = [] {
        for (Dim x = h;; x = floor_div(x * x + 1, w)) {
        }
    };
    CHECK_THROWS_AS(nest_forever(), OperatorError);
    const auto widen_forever = [] {
        Dim x = h;
        for (int i = 0;; ++i) {
            x = min(x, Dim::symbol("s" + std::to_string(i)));
        }
    };
    CHECK_THROWS_AS(widen_forever(), OperatorError);
}

TEST_CASE("parse_dim: formulas that exporters write")
{
    CHECK(parsed("batch") == "batch");
    CHECK(parsed("p2o.DynamicDimension.0") == "p2o.DynamicDimension.0");
    CHECK(parsed("12") == "12");
    CHECK(parsed("new + past") == "new + past");
    CHECK(parsed("4*batch") == "4*batch");
    CHECK(parsed("batch*time") == "batch*time");
    CHECK(parsed("Min(64, time)") == "min(time, 64)");
    CHECK(parsed("Max(1, s0)") == "max(s0, 1)");
    CHECK(parsed("(H//16)") == "H/16");
    CHECK(parsed("2*((H//4))") == "2*(H/4)");
    CHECK(parsed("32*(((L - 1)//32)) + 32") == "32*((L + 31)/32)");
    CHECK(parsed("(((H - 1)//2)) + 1") == "(H + 1)/2");
    CHECK(parsed("s0**2") == "s0**2");
    CHECK(parsed("-s0 + 7") == "-s0 + 7");
    CHECK(parsed("floor(x/2)") == "x/2");
    CHECK(parsed("floor(L/2 - 1/2) + 1") == "(L + 1)/2");
    CHECK(parsed("floor(0.5*L)") == "L/2");
    CHECK(parsed("2.0*L") == "2*L");
    CHECK(parsed("ceiling(L/8)") == "(L + 7)/8");
    CHECK(parsed("CeilToInt(IntTrueDiv(s0, 2))") == "(s0 + 1)/2");
    CHECK(parsed("FloorDiv(s0 + 3, 4)") == "(s0 + 3)/4");
    CHECK(parsed("PythonMod(s0, 8)") == "s0 % 8");
    CHECK(parsed("(s0 + 1) % 8") == "(s0 + 1) % 8");
    CHECK(parsed("s0//s1") == "s0/s1");
    CHECK(parsed("(L-1)//2") == "(L + 1)/2 - 1");
    CHECK(parsed("ModularIndexing(s0, 2, 4)") == "s0/2 % 4");
}

TEST_CASE("parse_dim: a slash is exact until something rounds it")
{
    CHECK(parse_dim("s0/2 + s1/2") == floor_div(Dim::symbol("s0") + Dim::symbol("s1"), 2));
    CHECK(parse_dim("2*(s0/2)") == Dim::symbol("s0"));
    CHECK(parse_dim("2*(s0//2)") == 2 * floor_div(Dim::symbol("s0"), 2));
    CHECK(parse_dim("Max(1, s0/2)") == floor_div(max(2, Dim::symbol("s0")), 2));
    CHECK(parse_dim("TruncToInt(s0/2)").value().evaluate({{"s0", -3}}) == -1);
    CHECK(parse_dim("TruncToInt(s0/2)").value().evaluate({{"s0", 3}}) == 1);
}

TEST_CASE("parse_dim: names of values are not formulas")
{
    for (const auto* text : {"",
                             " ",
                             "?",
                             "Squeeze/decoder/Squeeze_output_0_dim_0",
                             "onnx::Reshape_12_dim_0",
                             "batch-size",
                             "dim-1",
                             "batch size",
                             "0_dim",
                             "unknown(x)",
                             "a +",
                             "a b",
                             "(a",
                             "a)",
                             "floor()",
                             "Mod(a)",
                             "a**b",
                             "a**-1",
                             "a**99",
                             "a/0",
                             "a//0",
                             "a % 0",
                             "1e3",
                             "99999999999999999999",
                             "9223372036854775807 + 1",
                             ".5",
                             "a..b",
                             "min(,)",
                             "x == 1",
                             "a % (b/2)"}) {
        CAPTURE(text);
        CHECK(parse_dim(text) == std::nullopt);
    }
}

TEST_CASE("parse_dim: hostile texts end soon")
{
    CHECK(parse_dim(std::string(10000, '(') + "a" + std::string(10000, ')')) == std::nullopt);
    CHECK(parse_dim(std::string(500, '(') + "a" + std::string(500, ')')) == std::nullopt);
    CHECK(parse_dim(std::string(1000, '-') + "a") == std::nullopt);
    CHECK(parse_dim("(a+b+c)**8*(d+e+f)**8") == std::nullopt);
    std::string powers = "2";
    while (powers.size() < 1000) {
        powers += "**2";
    }
    CHECK(parse_dim(powers) == std::nullopt);
    CHECK(parse_dim(std::string(30, '(') + "a" + std::string(30, ')')) == Dim::symbol("a"));
}

namespace {

/// A random expression in two forms: normalised step by step, and as the values of its unsimplified steps.
class RandomDim {
public:
    explicit RandomDim(unsigned seed) : random_{seed} {}

    int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    struct Pair {
        Dim dim;
        std::function<std::optional<std::int64_t>(const std::map<std::string, std::int64_t>&)> value;
    };

    Pair make(int depth)
    {
        if (depth == 0 || pick(6) == 0) {
            if (pick(3) == 0) {
                const std::int64_t c = pick(13) - 4;
                return {c, [c](const auto&) { return c; }};
            }
            const std::string name(1, "abc"[pick(3)]);
            return {Dim::symbol(name), [name](const auto& values) { return values.at(name); }};
        }
        const Pair x = make(depth - 1), y = make(depth - 1);
        const auto both = [&](auto f) {
            return [x = x.value, y = y.value, f](const auto& values) -> std::optional<std::int64_t> {
                const auto p = x(values), q = y(values);
                return p && q ? f(*p, *q) : std::nullopt;
            };
        };
        using Result = std::optional<std::int64_t>;
        const auto floor = [](std::int64_t p, std::int64_t q) -> Result {
            if (q == 0) {
                return std::nullopt;
            }
            return static_cast<std::int64_t>(std::floor(static_cast<long double>(p) / static_cast<long double>(q)));
        };
        const bool zero = y.dim == 0;
        switch (pick(8)) {
        case 0: return {x.dim + y.dim, both([](auto p, auto q) -> Result { return p + q; })};
        case 1: return {x.dim - y.dim, both([](auto p, auto q) -> Result { return p - q; })};
        case 2: return {x.dim * y.dim, both([](auto p, auto q) -> Result { return p * q; })};
        case 3: return {min(x.dim, y.dim), both([](auto p, auto q) -> Result { return std::min(p, q); })};
        case 4: return {max(x.dim, y.dim), both([](auto p, auto q) -> Result { return std::max(p, q); })};
        case 5: return zero ? x : Pair{floor_div(x.dim, y.dim), both(floor)};
        case 6:
            return zero ? x : Pair{ceil_div(x.dim, y.dim), both([=](auto p, auto q) -> Result {
                                       const auto f = floor(-p, q);
                                       return f ? Result{-*f} : f;
                                   })};
        default:
            return zero ? x : Pair{mod(x.dim, y.dim), both([=](auto p, auto q) -> Result {
                                       const auto f = floor(p, q);
                                       return f ? Result{p - q * *f} : f;
                                   })};
        }
    }

private:
    std::mt19937 random_;
};

}  // namespace

TEST_CASE("dim: random expressions have the value of their unsimplified steps, inside their bounds")
{
    RandomDim random{42};
    const std::map<std::string, Range> ranges = {{"a", {1, 12}}, {"b", {-3, 9}}, {"c", {0, 5}}};
    int compared = 0;
    for (int i = 0; i < 4000; ++i) {
        RandomDim::Pair pair;
        try {
            pair = random.make(1 + random.pick(4));
        } catch (const OperatorError&) {
            continue;  // divides by what became zero
        }
        const Range range = pair.dim.bounds(ranges);
        const std::string text = pair.dim.str();
        CAPTURE(text);
        for (int j = 0; j < 12; ++j) {
            const std::map<std::string, std::int64_t> values = {
                {"a", 1 + random.pick(12)}, {"b", random.pick(13) - 3}, {"c", random.pick(6)}};
            const auto expected = pair.value(values);
            if (!expected) {
                continue;  // a division by zero, which rewriting may have removed
            }
            REQUIRE(pair.dim.evaluate(values) == expected);
            REQUIRE(range.lo <= *expected);
            REQUIRE(*expected <= range.hi);
            const auto in_place = [&](const std::string& name) { return Dim{values.at(name)}; };
            REQUIRE(pair.dim.substitute({{"a", in_place("a")}, {"b", in_place("b")}, {"c", in_place("c")}}) ==
                    *expected);
            ++compared;
        }
    }
    CHECK(compared > 20000);
}

TEST_CASE("dim: what is known of multiples makes floors exact")
{
    const std::map<std::string, std::int64_t> multiples{{"h", 8}};
    const auto told = [&](const Dim& dim) { return with_multiples(dim, multiples); };
    CHECK(told(2 * floor_div(h, 4)) == told(floor_div(h, 2)));
    CHECK(told(8 * floor_div(h, 8)) == h);
    CHECK(told(mod(h, 4)) == 0);
    CHECK(told(mod(8 - mod(h, 8), 8)) == 0);
    // A stride of 2 with a padding of 1, then twice the size.
    CHECK(told(2 * (floor_div(h - 1, 2) + 1)) == h);
    CHECK(told(floor_div(h, 16)) == floor_div(h, 16));
    CHECK(told(floor_div(w, 2)) == floor_div(w, 2));
    CHECK(told(h * w) == h * w);
    CHECK(told(16 * floor_div(h, 8) * w) == 2 * h * w);
    CHECK(told(min(floor_div(h, 2), w)) == min(4 * floor_div(h, 8), w));
}

TEST_CASE("dim: rewriting by multiples keeps the value")
{
    RandomDim random{9};
    for (int i = 0; i < 2000; ++i) {
        try {
            const auto x = random.make(3);
            const Dim told = with_multiples(x.dim, {{"a", 6}, {"c", 4}});
            for (int j = 0; j < 8; ++j) {
                const std::map<std::string, std::int64_t> values = {
                    {"a", 6 * random.pick(5)}, {"b", random.pick(13) - 3}, {"c", 4 * random.pick(5)}};
                const auto p = x.dim.evaluate(values);
                const auto q = told.evaluate(values);
                CHECK((!p || !q || *p == *q));
            }
        } catch (const OperatorError&) {
            continue;
        }
    }
}

TEST_CASE("dim: random expressions that are known_equal are equal")
{
    RandomDim random{7};
    int proved = 0;
    for (int i = 0; i < 12000; ++i) {
        try {
            const auto x = random.make(2), y = random.make(2);
            if (x.dim != y.dim && !known_equal(x.dim, y.dim)) {
                continue;
            }
            ++proved;
            for (int j = 0; j < 8; ++j) {
                const std::map<std::string, std::int64_t> values = {
                    {"a", 1 + random.pick(12)}, {"b", random.pick(13) - 3}, {"c", random.pick(6)}};
                const auto p = x.value(values), q = y.value(values);
                CHECK((!p || !q || *p == *q));
            }
        } catch (const OperatorError&) {
            continue;
        }
    }
    CHECK(proved > 50);
}
