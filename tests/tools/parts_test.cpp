// A network of many steps is several functions, of a few steps each.
#include <doctest/doctest.h>

#include "support/planned_model.hpp"

using namespace wasminfer::gen;

namespace {

/// A chain of `steps` Softmaxes, which nothing fuses.
std::string chain(int steps)
{
    ModelBuilder builder;
    builder.input("x0", DType::f32, {2, 3});
    for (int i = 0; i < steps; ++i) {
        builder.node("Softmax", {"x" + std::to_string(i)}, {"x" + std::to_string(i + 1)});
    }
    builder.output("x" + std::to_string(steps));
    return test::PlannedModel{builder, {}, {}}.header();
}

int count(const std::string& text, const std::string& what)
{
    int found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

}  // namespace

TEST_CASE("parts: a few steps are one function")
{
    const std::string header = chain(8);
    CHECK(count(header, "part([&] {") == 0);
    CHECK(count(header, " softmax(") == 8);
}

TEST_CASE("parts: many steps are functions of eight")
{
    const std::string header = chain(20);
    CHECK(count(header, "part([&] {") == 3);
    CHECK(count(header, " softmax(") == 20);
    const auto second = header.find("part([&] {", header.find("part([&] {") + 1);
    CHECK(header.find("observe(7);") < second);
    CHECK(header.find("observe(8);") > second);
}
