#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "support/image_reference.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

struct Pool {
    Ints in;  ///< [N, C, spatial…]
    Ints window;
    Ints stride{}, dilation{}, pads{};
    bool ceil = false;
    std::string auto_pad{};
    Ints out{};    ///< Spatial extents that are expected.
    Ints front{};  ///< Padding that is expected.
    Ints behind{};

    OperatorTest node(const std::string& type, std::int64_t opset) const
    {
        OperatorTest test{pool_operators(), type, opset};
        test.attribute("kernel_shape", window).attribute("channels_last", std::int64_t{1});
        const auto list = [&](const char* key, const Ints& ints) {
            if (!ints.empty()) {
                test.attribute(key, ints);
            }
        };
        list("strides", stride);
        list("dilations", dilation);
        list("pads", pads);
        if (ceil) {
            test.attribute("ceil_mode", std::int64_t{1});
        }
        if (!auto_pad.empty()) {
            test.attribute("auto_pad", auto_pad);
        }
        return test;
    }

    Sliding sliding() const
    {
        return {.window = three(window, 1),
                .stride = three(stride, 1),
                .dilation = three(dilation, 1),
                .pad = three(front, 0),
                .out = three(out, 1)};
    }
    Ints shape() const
    {
        Ints list{in[0], in[1]};
        list.insert(list.end(), out.begin(), out.end());
        return list;
    }
};

const std::vector<Pool> pools{
    {.in = {2, 5, 8}, .window = {3}, .out = {6}},
    {.in = {1, 5, 9, 8}, .window = {2, 2}, .stride = {2, 2}, .out = {4, 4}},
    {.in = {1, 5, 9, 8}, .window = {2, 2}, .stride = {2, 2}, .ceil = true, .out = {5, 4}},
    {.in = {1, 3, 7, 6},
     .window = {3, 3},
     .stride = {2, 2},
     .pads = {1, 1, 1, 1},
     .out = {4, 3},
     .front = {1, 1},
     .behind = {1, 1}},
    {.in = {1, 3, 7, 6},
     .window = {3, 5},
     .stride = {1, 3},
     .pads = {0, 2, 2, 1},
     .out = {7, 2},
     .front = {0, 2},
     .behind = {2, 1}},
    {.in = {1, 3, 9, 9}, .window = {3, 2}, .dilation = {2, 3}, .out = {5, 6}},
    {.in = {1, 2, 1, 2},
     .window = {3, 3},
     .stride = {2, 2},
     .pads = {1, 1, 1, 1},
     .ceil = true,
     .out = {1, 2},
     .front = {1, 1},
     .behind = {1, 1}},
    {.in = {1, 2, 5, 5}, .window = {1, 1}, .stride = {3, 3}, .ceil = true, .out = {2, 2}},
    {.in = {1, 2, 5, 6},
     .window = {3, 3},
     .stride = {2, 2},
     .auto_pad = "SAME_UPPER",
     .out = {3, 3},
     .front = {1, 0},
     .behind = {1, 1}},
    {.in = {1, 2, 5, 6},
     .window = {3, 3},
     .stride = {2, 2},
     .auto_pad = "SAME_LOWER",
     .out = {3, 3},
     .front = {1, 1},
     .behind = {1, 0}},
    {.in = {1, 2, 4, 5, 6}, .window = {2, 3, 2}, .stride = {2, 1, 2}, .out = {2, 3, 3}},
    {.in = {1, 17, 6, 6}, .window = {9, 1}, .pads = {4, 0, 4, 0}, .out = {6, 6}, .front = {4, 0}, .behind = {4, 0}},
    {.in = {0, 3, 4, 4}, .window = {2, 2}, .out = {3, 3}},
};

/// finish(sum, taps in the image, taps in image and padding) of add(sum, x) over each window.
std::vector<double> reference(const Tensor& x, const Pool& pool, double start,
                              const std::function<double(double, double)>& add,
                              const std::function<double(double, int, int)>& finish)
{
    const Volume image{x};
    const Sliding s = pool.sliding();
    const Ints behind = three(pool.behind, 0);
    std::vector<double> out;
    for (std::int64_t n = 0; n < image.batch; ++n) {
        for (std::int64_t c = 0; c < image.channels; ++c) {
            for_each_position(s.out, [&](const Ints& at) {
                double sum = start;
                int inside = 0;
                int counted = 0;
                for_each_position(s.window, [&](const Ints& in_window) {
                    const Ints place = s.tap(at, in_window);
                    bool padded = true;
                    for (std::size_t i = 0; i < 3; ++i) {
                        padded = padded && place[i] < image.extents[i] + behind[i];
                    }
                    counted += padded ? 1 : 0;
                    if (image.inside(place)) {
                        ++inside;
                        sum = add(sum, image.get(n, c, place));
                    }
                });
                out.push_back(finish(sum, inside, counted));
            });
        }
    }
    return out;
}

double sum_of(double a, double b)
{
    return a + b;
}

void check(OperatorTest test, const Pool& pool, const Tensor& x, const std::vector<double>& expected,
           std::int64_t terms = 64)
{
    const auto result = switch_layout(test.input(switch_layout(x, true)).run_all().at(0), false);
    CHECK(result.shape() == pool.shape());
    CHECK(distance(result.to_doubles(), expected) <= tolerance(x.dtype(), terms));
}

template <class F>
void for_each_pool(std::initializer_list<DType> types, F f)
{
    for (std::size_t i = 0; i < pools.size(); ++i) {
        CAPTURE(i);
        for (const DType type : types) {
            CAPTURE(name(type));
            f(pools[i], noise(type, pools[i].in));
        }
    }
}

std::string error_of(OperatorTest test)
{
    return test.error();
}

}  // namespace

TEST_CASE("MaxPool of one to three spatial axes and of every type")
{
    for_each_pool({DType::f32, DType::f16, DType::f64, DType::i8, DType::u8}, [](const Pool& pool, const Tensor& x) {
        const auto expected = reference(
            x, pool, -1000, [](double a, double b) { return std::max(a, b); }, [](double a, int, int) { return a; });
        check(pool.node("MaxPool", 12), pool, x, expected);
    });
}

TEST_CASE("MaxPool tells where its maxima lie, in ONNX's order of elements")
{
    for_each_pool({DType::f32, DType::u8}, [](const Pool& pool, const Tensor& x) {
        for (const std::int64_t column_major : {0, 1}) {
            auto test = pool.node("MaxPool", 12).attribute("storage_order", column_major).outputs(2);
            const auto both = test.input(switch_layout(x, true)).run_all();
            const auto values = switch_layout(both.at(0), false).to_doubles();
            const auto indices = switch_layout(both.at(1), false).to_ints();
            const Volume image{x};
            const auto& e = image.extents;
            const auto volume = e[0] * e[1] * e[2];
            for (std::size_t i = 0; i < indices.size(); ++i) {
                auto at = indices[i] % volume;
                const auto plane = indices[i] / volume;
                if (column_major) {
                    const auto d = at % e[0];
                    const auto h = at / e[0] % e[1];
                    const auto w = at / (e[0] * e[1]);
                    at = (d * e[1] + h) * e[2] + w;
                }
                CHECK(image.numbers.at(static_cast<std::size_t>(plane * volume + at)) == values[i]);
            }
        }
    });
}

TEST_CASE("MaxPool's indices alone")
{
    const Pool pool{.in = {1, 1, 2, 4}, .window = {2, 2}, .stride = {2, 2}, .out = {1, 2}};
    const auto x = tensor(DType::f32, {1, 1, 2, 4}, {1, 5, 2, 3, 4, 0, 9, 8});
    const auto results = pool.node("MaxPool", 12).outputs(2).drop_output(0).input(switch_layout(x, true)).run_all();
    CHECK(results.at(1).to_ints() == Ints{1, 6});
}

TEST_CASE("AveragePool divides by what lies in the image, or in image and padding")
{
    for_each_pool({DType::f32, DType::f16, DType::f64}, [](const Pool& pool, const Tensor& x) {
        const auto without = reference(x, pool, 0, sum_of, [](double sum, int n, int) { return n == 0 ? 0 : sum / n; });
        check(pool.node("AveragePool", 19), pool, x, without);
        const auto with = reference(x, pool, 0, sum_of, [](double sum, int, int n) { return sum / n; });
        check(pool.node("AveragePool", 19).attribute("count_include_pad", std::int64_t{1}), pool, x, with);
    });
}

TEST_CASE("LpPool of the orders 1, 2 and 3")
{
    for (const std::int64_t p : {1, 2, 3}) {
        CAPTURE(p);
        for_each_pool({DType::f32, DType::f16, DType::f64}, [p](const Pool& pool, const Tensor& x) {
            const auto expected = reference(
                x, pool, 0, [p](double a, double b) { return a + std::pow(std::abs(b), p); },
                [p](double a, int, int) { return std::pow(a, 1.0 / static_cast<double>(p)); });
            check(pool.node("LpPool", 18).attribute("p", p), pool, x, expected);
        });
    }
}

TEST_CASE("Pools over whole images, in both layouts")
{
    struct Kind {
        const char* type;
        std::int64_t p;
        double start;
        std::function<double(double, double)> add;
        std::function<double(double, double)> finish;
    };
    const std::vector<Kind> kinds{
        {"GlobalAveragePool", 0, 0, sum_of, [](double a, double n) { return a / n; }},
        {"GlobalMaxPool", 0, -1000, [](double a, double b) { return std::max(a, b); },
         [](double a, double) { return a; }},
        {"GlobalLpPool", 1, 0, [](double a, double b) { return a + std::abs(b); }, [](double a, double) { return a; }},
        {"GlobalLpPool", 2, 0, [](double a, double b) { return a + b * b; },
         [](double a, double) { return std::sqrt(a); }},
        {"GlobalLpPool", 3, 0, [](double a, double b) { return a + std::pow(std::abs(b), 3); },
         [](double a, double) { return std::cbrt(a); }},
    };
    for (const Kind& kind : kinds) {
        CAPTURE(kind.type);
        CAPTURE(kind.p);
        for (const Ints& shape :
             {Ints{2, 5}, Ints{2, 5, 7}, Ints{1, 5, 6, 7}, Ints{2, 3, 2, 3, 4}, Ints{1, 2, 2, 2, 2, 2}}) {
            for (const DType type : {DType::f32, DType::f16, DType::f64}) {
                const auto x = noise(type, shape);
                const auto planes = shape[0] * shape[1];
                const auto pixels = x.count() / planes;
                std::vector<double> expected;
                for (std::int64_t plane = 0; plane < planes; ++plane) {
                    double sum = kind.start;
                    for (std::int64_t i = 0; i < pixels; ++i) {
                        sum = kind.add(sum, x.to_doubles().at(static_cast<std::size_t>(plane * pixels + i)));
                    }
                    expected.push_back(kind.finish(sum, static_cast<double>(pixels)));
                }
                for (const std::int64_t last : {0, 1}) {
                    OperatorTest test{pool_operators(), kind.type, 11};
                    if (kind.p != 0) {
                        test.attribute("p", kind.p);
                    }
                    test.input(last && shape.size() > 2 ? switch_layout(x, true) : x).attribute("channels_last", last);
                    const auto result = test.run_all().at(0);
                    CHECK(result.count() == planes);
                    CHECK(result.shape().at(last && shape.size() > 2 ? shape.size() - 1 : 1) == shape[1]);
                    CHECK(distance(result.to_doubles(), expected) <= tolerance(type, 64));
                }
            }
        }
    }
}

TEST_CASE("MaxUnpool puts values back where they were, also into a larger image")
{
    const auto x = tensor(DType::f32, {1, 1, 2, 2}, {1, 2, 3, 4});
    const auto indices = Tensor::ints({1, 1, 2, 2}, {5, 7, 13, 15});
    const auto unpool = [&] {
        return OperatorTest{pool_operators(), "MaxUnpool", 11}
            .attribute("kernel_shape", Ints{2, 2})
            .attribute("strides", Ints{2, 2})
            .input(x)
            .input(indices);
    };
    CHECK(unpool().type() == "f32[1,1,4,4]");
    CHECK(unpool().run() == std::vector<double>{0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4});
    const auto shape = Tensor::ints({4}, {1, 1, 5, 5});
    CHECK(unpool().constant(shape).run() ==
          std::vector<double>{0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0});
    CHECK(unpool().input(shape).error().find("output shape") != std::string::npos);
    CHECK(unpool().constant(Tensor::ints({4}, {1, 2, 5, 5})).error().find("channels") != std::string::npos);
    CHECK(unpool().constant(Tensor::ints({2}, {5, 5})).error().find("rank") != std::string::npos);
}

TEST_CASE("Pools of free dimensions")
{
    const Dim h = Dim::symbol("h");
    const Pool pool{.in = {}, .window = {3, 3}, .stride = {2, 2}, .ceil = true};
    auto test = pool.node("MaxPool", 12).typed(DType::f32, {Dim::symbol("n"), h, 8, 16});
    CHECK(test.lower().steps.at(0).call.template_arguments == "window{3, 3}, stride{2, 2}");
    const Dim out = (*test.node().outputs[0]->shape)[1];
    for (std::int64_t extent = 3; extent < 12; ++extent) {
        CHECK(out.evaluate({{"h", extent}}) == (extent - 3 + 1) / 2 + 1);
    }
}

TEST_CASE("Pools take attributes from the opset on that brought them")
{
    const Pool pool{.in = {}, .window = {2, 2}};
    const auto says = [&](const char* type, std::int64_t opset, const char* key) {
        auto test = pool.node(type, opset).typed(DType::f32, {1, 4, 4, 3});
        const Attribute value =
            std::string_view{key} == "dilations" ? Attribute{Ints{1, 1}} : Attribute{std::int64_t{0}};
        return test.attribute(key, value).error().find(key) != std::string::npos;
    };
    CHECK(says("AveragePool", 6, "count_include_pad"));
    CHECK(!says("AveragePool", 7, "count_include_pad"));
    CHECK(says("AveragePool", 9, "ceil_mode"));
    CHECK(!says("AveragePool", 10, "ceil_mode"));
    CHECK(says("AveragePool", 18, "dilations"));
    CHECK(!says("AveragePool", 19, "dilations"));
    CHECK(says("MaxPool", 7, "storage_order"));
    CHECK(!says("MaxPool", 8, "storage_order"));
    CHECK(says("MaxPool", 9, "dilations"));
    CHECK(!says("MaxPool", 10, "dilations"));
    CHECK(says("LpPool", 17, "ceil_mode"));
    CHECK(!says("LpPool", 18, "ceil_mode"));
}

TEST_CASE("Pools refuse what does not fit or is not done")
{
    const auto pool = [](const char* type, std::int64_t opset = 19) {
        return OperatorTest{pool_operators(), type, opset}.typed(DType::f32, {1, 3, 8, 8});
    };
    const auto says = [](OperatorTest test, const char* words) {
        return error_of(test).find(words) != std::string::npos;
    };
    CHECK(says(pool("MaxPool"), "'kernel_shape' is missing"));
    CHECK(says(pool("MaxPool").attribute("kernel_shape", Ints{2}), "spatial axes"));
    CHECK(says(pool("MaxPool").attribute("kernel_shape", Ints{0, 2}), "out of range"));
    CHECK(says(pool("MaxPool").attribute("kernel_shape", Ints{9, 2}), "does not fit"));
    CHECK(says(pool("MaxPool").attribute("kernel_shape", Ints{2, 2}).attribute("pads", Ints{2, 0, 0, 0}),
               "not less than"));
    CHECK(says(pool("MaxPool", 7).attribute("kernel_shape", Ints{2, 2}).outputs(2), "second output"));
    CHECK(says(pool("LpPool").attribute("kernel_shape", Ints{2, 2}).attribute("p", std::int64_t{0}), "norm"));
    CHECK(says(pool("LpPool", 1).attribute("kernel_shape", Ints{2, 2}).attribute("p", 2.5f), "integers"));
    CHECK(says(pool("GlobalMaxPool").attribute("kernel_shape", Ints{2, 2}), "'kernel_shape'"));
    for (const std::size_t rank : {0u, 1u, 2u, 6u}) {
        CAPTURE(rank);
        OperatorTest test{pool_operators(), "AveragePool", 19};
        test.typed(DType::f32, Shape(rank, Dim{4})).attribute("kernel_shape", Ints{2, 2});
        CHECK(says(test, "spatial axes"));
    }
    OperatorTest bytes{pool_operators(), "MaxPool", 11};
    CHECK(says(bytes.typed(DType::u8, {1, 3, 8, 8}).attribute("kernel_shape", Ints{2, 2}), "does not take"));
}
