#include <wasminfer/kernels/svm.hpp>

#include "kernels/reference.hpp"

#include <utility>

namespace wasminfer {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;
using Numbers = std::vector<double>;
using reference::random;
using reference::worst;

double kernel_of(svm_kernel kernel, const float* x, const float* v, index n, const svm_parameters& p)
{
    double dot = 0;
    double distance = 0;
    for (index i = 0; i < n; ++i) {
        const double a = static_cast<double>(x[i]);
        const double b = static_cast<double>(v[i]);
        dot += a * b;
        distance += (a - b) * (a - b);
    }
    const double gamma = static_cast<double>(p.gamma);
    const double shifted = gamma * dot + static_cast<double>(p.coef0);
    switch (kernel) {
    case svm_kernel::linear: return dot;
    case svm_kernel::poly: return std::pow(shifted, static_cast<double>(p.degree));
    case svm_kernel::rbf: return std::exp(-gamma * distance);
    default: return std::tanh(shifted);
    }
}

template <svm_kernel Kernel>
double kernel_error(const svm_extents& e, const svm_parameters& p)
{
    const Floats in = random(e.rows * e.features, 1);
    const Floats vectors = random(e.vectors * e.features, 2);
    Floats out(static_cast<std::size_t>(e.rows * e.vectors));
    svm_kernels<Kernel>(in.data(), vectors.data(), out.data(), e, p);
    Numbers expected;
    for (index r = 0; r < e.rows; ++r) {
        for (index s = 0; s < e.vectors; ++s) {
            expected.push_back(
                kernel_of(Kernel, in.data() + r * e.features, vectors.data() + s * e.features, e.features, p));
        }
    }
    return worst(out, expected);
}

/// A one-against-one machine as LIBSVM describes it: vectors class by class.
struct Machine {
    index rows = 3;
    Ints counts{2, 0, 3, 1};
    index vectors = 6;
    index classes = 4;
    Floats kernels = random(rows * vectors, 3);
    Floats coefficients = random((classes - 1) * vectors, 4);
    Floats rho = random(6, 5);
};

/// The class of a vector.
index class_of(const Machine& m, index vector)
{
    index c = 0;
    for (; vector >= m.counts[static_cast<std::size_t>(c)]; ++c) {
        vector -= static_cast<index>(m.counts[static_cast<std::size_t>(c)]);
    }
    return c;
}

/// Pairwise probabilities r[i][j] of i against j, coupled: the p of sum 1 that minimises Σ (r[j][i] p[i] - r[i][j] p[j])²,
/// from the linear equations that say so, by elimination.
Numbers couple(const std::vector<Numbers>& r)
{
    const std::size_t n = r.size();
    std::vector<Numbers> a(n + 1, Numbers(n + 2));
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            if (j != i) {
                a[i][i] += r[j][i] * r[j][i];
                a[i][j] = -r[j][i] * r[i][j];
            }
        }
        a[i][n] = a[n][i] = 1;
    }
    a[n][n + 1] = 1;
    for (std::size_t k = 0; k <= n; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k; i <= n; ++i) {
            pivot = std::fabs(a[i][k]) > std::fabs(a[pivot][k]) ? i : pivot;
        }
        std::swap(a[k], a[pivot]);
        for (std::size_t i = 0; i <= n; ++i) {
            const double factor = i == k ? 0 : a[i][k] / a[k][k];
            for (std::size_t j = k; j <= n + 1; ++j) {
                a[i][j] -= factor * a[k][j];
            }
        }
    }
    Numbers p(n);
    for (std::size_t i = 0; i < n; ++i) {
        p[i] = a[i][n + 1] / a[i][i];
    }
    return p;
}

Floats probabilities(const Floats& decisions, const Floats& a, const Floats& b, index classes)
{
    const index rows = static_cast<index>(decisions.size() / a.size());
    Floats out(static_cast<std::size_t>(rows * classes));
    Floats scratch(static_cast<std::size_t>(classes * (2 * classes + 1)));
    svm_probabilities(decisions.data(), a.data(), b.data(), out.data(), {.rows = rows, .classes = classes},
                      scratch.data());
    return out;
}

}  // namespace

TEST_CASE("svm_kernels: every kernel against double")
{
    for (const svm_extents& e : {svm_extents{1, 1, 1}, svm_extents{2, 3, 4}, svm_extents{3, 17, 5}}) {
        CAPTURE(e.features);
        const svm_parameters p{.gamma = 0.3f, .coef0 = 0.7f, .degree = 3};
        CHECK(kernel_error<svm_kernel::linear>(e, p) < 1e-6);
        CHECK(kernel_error<svm_kernel::poly>(e, p) < 5e-6);
        CHECK(kernel_error<svm_kernel::rbf>(e, p) < 1e-6);
        CHECK(kernel_error<svm_kernel::sigmoid>(e, p) < 1e-6);
    }
}

TEST_CASE("svm_kernels: an odd power keeps the sign of what it raises")
{
    CHECK(kernel_error<svm_kernel::poly>({2, 3, 4}, {.gamma = 1, .coef0 = -3, .degree = 3}) < 1e-5);
    CHECK(kernel_error<svm_kernel::poly>({2, 3, 4}, {.gamma = 1, .coef0 = -3, .degree = 2}) < 1e-5);
}

TEST_CASE("svm_decisions: each pair's sum over its classes' vectors, and its vote")
{
    const Machine m;
    Floats decisions(static_cast<std::size_t>(m.rows * 6));
    Floats votes(static_cast<std::size_t>(m.rows * m.classes), 99.0f);
    svm_decisions(m.kernels.data(), m.coefficients.data(), m.rho.data(), m.counts.data(), decisions.data(),
                  votes.data(), {.rows = m.rows, .vectors = m.vectors, .classes = m.classes});
    Numbers expected;
    Floats expected_votes(votes.size());
    for (index r = 0; r < m.rows; ++r) {
        for (index i = 0; i < m.classes; ++i) {
            for (index j = i + 1; j < m.classes; ++j) {
                double sum = static_cast<double>(m.rho[expected.size() % 6]);
                for (index s = 0; s < m.vectors; ++s) {
                    // A vector has a coefficient for each other class: in row j - 1 against a later one, in row j
                    // against an earlier one.
                    const index mine = class_of(m, s);
                    if (mine == i || mine == j) {
                        const index row = mine == i ? j - 1 : i;
                        sum += static_cast<double>(m.coefficients[static_cast<std::size_t>(row * m.vectors + s)]) *
                               static_cast<double>(m.kernels[static_cast<std::size_t>(r * m.vectors + s)]);
                    }
                }
                expected.push_back(sum);
                expected_votes[static_cast<std::size_t>(r * m.classes + (sum > 0 ? i : j))] += 1;
            }
        }
    }
    CHECK(worst(decisions, expected) < 1e-6);
    CHECK(votes == expected_votes);
}

TEST_CASE("svm_decisions: a decision of 0 is the later class's")
{
    const Floats kernels{1, 1};
    const Floats coefficients{1, -1};
    const float rho = 0;
    const Ints counts{1, 1};
    float decision = 9;
    Floats votes(2);
    svm_decisions(kernels.data(), coefficients.data(), &rho, counts.data(), &decision, votes.data(),
                  {.rows = 1, .vectors = 2, .classes = 2});
    CHECK(decision == 0);
    CHECK(votes == Floats{0, 1});
}

TEST_CASE("svm_probabilities of two classes are Platt's sigmoid")
{
    const Floats decisions{1.5f, -0.25f, 0};
    const auto out = probabilities(decisions, {-2}, {0.5f}, 2);
    Numbers expected;
    for (const float d : decisions) {
        const double p = 1 / (1 + std::exp(-2 * static_cast<double>(d) + 0.5));
        expected.insert(expected.end(), {p, 1 - p});
    }
    // The iteration ends at an error of 0.005 / classes of the equations.
    CHECK(worst(out, expected) < 5e-3);
}

TEST_CASE("svm_probabilities of many classes solve the equations of Wu, Lin and Weng")
{
    for (const index n : {3, 4, 7}) {
        CAPTURE(n);
        const auto classes = static_cast<std::size_t>(n);
        const index pairs = n * (n - 1) / 2;
        const index rows = 4;
        const Floats decisions = random(rows * pairs, 6);
        Floats a = random(pairs, 7);
        for (float& x : a) {
            x -= 1.5f;
        }
        const Floats b = random(pairs, 8);
        Numbers expected;
        for (index row = 0; row < rows; ++row) {
            std::vector<Numbers> r(classes, Numbers(classes));
            std::size_t pair = 0;
            for (std::size_t i = 0; i < classes; ++i) {
                for (std::size_t j = i + 1; j < classes; ++j, ++pair) {
                    const double d = static_cast<double>(decisions[static_cast<std::size_t>(row * pairs) + pair]);
                    r[i][j] = 1 / (1 + std::exp(static_cast<double>(a[pair]) * d + static_cast<double>(b[pair])));
                    r[j][i] = 1 - r[i][j];
                }
            }
            const Numbers p = couple(r);
            expected.insert(expected.end(), p.begin(), p.end());
        }
        const auto out = probabilities(decisions, a, b, n);
        CHECK(worst(out, expected) < 5e-3);
        for (std::size_t row = 0; row < 4; ++row) {
            double sum = 0;
            for (std::size_t c = 0; c < classes; ++c) {
                sum += static_cast<double>(out[row * classes + c]);
            }
            CHECK(sum == doctest::Approx(1).epsilon(1e-5));
        }
    }
}

TEST_CASE("svm_probabilities: certain decisions stay inside (0, 1)")
{
    const auto out = probabilities({1000, -1000, 1000}, {-1, -1, -1}, {0, 0, 0}, 3);
    for (const float p : out) {
        CHECK(p >= 0);
        CHECK(p <= 1);
    }
}

TEST_CASE("svm_sums: the regression's sum, and the side of a one-class machine")
{
    const Floats kernels{1, 2, 3, -1, -2, -3, 1, 1, 0};
    const Floats coefficients{2, 1, 0.5f};
    Floats out(3);
    svm_sums<false>(kernels.data(), coefficients.data(), out.data(), {.rows = 3, .vectors = 3}, -3);
    CHECK(out == Floats{2.5f, -8.5f, 0});
    svm_sums<true>(kernels.data(), coefficients.data(), out.data(), {.rows = 3, .vectors = 3}, -3);
    CHECK(out == Floats{1, -1, -1});
}

TEST_CASE("svm: the same bits on every target")
{
    const svm_extents e{.rows = 3, .features = 5, .vectors = 4};
    const svm_parameters p{.gamma = 0.3f, .coef0 = 0.7f, .degree = 3};
    const Floats in = random(15, 9);
    const Floats vectors = random(20, 10);
    Floats all(48);
    svm_kernels<svm_kernel::linear>(in.data(), vectors.data(), all.data(), e, p);
    svm_kernels<svm_kernel::poly>(in.data(), vectors.data(), all.data() + 12, e, p);
    svm_kernels<svm_kernel::rbf>(in.data(), vectors.data(), all.data() + 24, e, p);
    svm_kernels<svm_kernel::sigmoid>(in.data(), vectors.data(), all.data() + 36, e, p);
    const auto coupled = probabilities(random(12, 11), {-1, -2, -3}, {0.5f, 0, -0.5f}, 3);
    all.insert(all.end(), coupled.begin(), coupled.end());
    if (reference::same_bits) {
        CHECK(reference::hash(all) == 13869766357860905184u);
    }
}

}  // namespace wasminfer
