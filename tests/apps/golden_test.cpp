// An app that includes every golden header, in every build: they compile beside each other and beside POSIX, whose
// functions have names of the runtime's (index), and compute what their models say.
#include <strings.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "golden/classifier.hpp"
#include "golden/control_flow.hpp"
#include "golden/free_dimension.hpp"
#include "golden/measured_output.hpp"
#include "golden/weights_file.hpp"
#include "golden/weights_incbin.hpp"

using namespace wasminfer;

// Everything that this program allocates is counted.
static int allocations = 0;

void* operator new(std::size_t bytes)
{
    ++allocations;
    return std::malloc(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    ++allocations;
    const auto a = static_cast<std::size_t>(alignment);
    return std::aligned_alloc(a, (bytes + a - 1) / a * a);
}
void operator delete(void* place) noexcept
{
    std::free(place);
}
void operator delete(void* place, std::size_t) noexcept
{
    std::free(place);
}
void operator delete(void* place, std::align_val_t) noexcept
{
    std::free(place);
}

namespace {

template <class T, std::size_t N>
std::vector<T> list(std::span<const T, N> values)
{
    return {values.begin(), values.end()};
}

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("apps: the classifier gives the probabilities of a plain program")
{
    classifier::Model model;
    REQUIRE(model.ready());
    for (std::size_t i = 0; i < model.image().size(); ++i) {
        model.image()[i] = static_cast<float>(i % 5) / 64;
    }
    model.run();
    // By a plain program in double.
    const double expected[]{0.2111441904, 0.2018690847, 0.5869867249};
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(model.probabilities()[i] == doctest::Approx(expected[i]).epsilon(1e-6));
    }
}

TEST_CASE("apps: run() neither allocates nor throws")
{
    static_assert(noexcept(std::declval<classifier::Model&>().run()));
    classifier::Model model;
    control_flow::Model flow;
    flow.turns()[0] = 3;
    flow.flip()[0] = true;
    const int before = allocations;
    model.run();
    flow.run();
    CHECK(allocations == before);
    CHECK((classifier::Model{}.ready() && allocations == before + 1));
}

TEST_CASE("apps: a free dimension is set between runs, and keeps what it was where the size is refused")
{
    free_dimension::Model model;
    CHECK(model.sizes().rows == 8);
    REQUIRE(model.resize({.rows = 2}));
    CHECK_FALSE(model.resize({.rows = 9}));
    CHECK_FALSE(model.resize({.rows = 0}));
    CHECK(model.x_shape() == std::array<wasminfer::index, 2>{2, 4});
    for (std::size_t i = 0; i < model.x().size(); ++i) {
        model.x()[i] = static_cast<float>(i);
    }
    model.run();
    CHECK(list(model.scaled()) == Floats{0, 2, 6, 12, 4, 10, 18, 28});
    CHECK(list(model.sums()) == Floats{20, 60});
}

TEST_CASE("apps: a branch and a loop as the inputs say")
{
    control_flow::Model model;
    for (const bool flip : {true, false}) {
        for (const int turns : {0, 1, 3}) {
            model.flip()[0] = flip;
            model.turns()[0] = turns;
            model.x()[0] = 4;
            model.x()[1] = 9;
            model.run();
            const auto steps = static_cast<float>(turns);
            CHECK(list(model.y()) ==
                  (flip ? Floats{4 - 4 * steps, 9 - 9 * steps} : Floats{4 + 2 * steps, 9 + 3 * steps}));
        }
    }
}

TEST_CASE("apps: an output has the size that its run gave it")
{
    measured_output::Model model;
    const Floats numbers{0, 1, 0, 2, 0, 3};
    std::ranges::copy(numbers, model.x().begin());
    model.run();
    CHECK(model.places_shape() == std::array<wasminfer::index, 2>{2, 3});
    CHECK(list(model.places()) == std::vector<std::int64_t>{0, 1, 1, 1, 0, 2});
    std::ranges::fill(model.x(), 0.0f);
    model.run();
    CHECK(model.places().empty());
}

TEST_CASE("apps: weights from the assembler and from a file")
{
    const Floats numbers{1, 0, 0, 0, 1, 1};
    weights_incbin::Model assembled;
    std::ranges::copy(numbers, assembled.x().begin());
    assembled.run();
    CHECK(list(assembled.y()) == Floats{1, 2, 8, 10});

    weights_file::Model loaded;
    CHECK_FALSE(loaded.ready());
    alignas(64) static std::byte bytes[1024];
    std::FILE* file = std::fopen(WASMINFER_TESTS_DIR "/golden/weights_file.weights", "rb");
    REQUIRE(file != nullptr);
    const std::size_t size = std::fread(bytes, 1, sizeof bytes, file);
    std::fclose(file);
    REQUIRE(loaded.load_weights({bytes, size}) == weights_status::ok);
    std::ranges::copy(numbers, loaded.x().begin());
    loaded.run();
    CHECK(list(loaded.y()) == Floats{1, 2, 8, 10});
}
