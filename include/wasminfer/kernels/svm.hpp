// Support vector machines of ai.onnx.ml: kernel values of rows and support vectors, and the votes of pairs of classes.
#pragma once

#include <wasminfer/kernels/ml_scores.hpp>
#include <wasminfer/math.hpp>

namespace wasminfer {

/// ONNX's kernel_type.
enum class svm_kernel { linear, poly, rbf, sigmoid };

struct svm_extents {
    index rows = 0;
    index features = 0;
    index vectors = 0;
};

/// kernel_params.
struct svm_parameters {
    float gamma = 0;
    float coef0 = 0;
    float degree = 0;
};

/// out[row][vector] = K(row, vector): x·v; (γ x·v + c)^d; exp(-γ |x - v|²); tanh(γ x·v + c).
template <svm_kernel Kernel>
inline void svm_kernels(const float* in, const float* vectors, float* out, const svm_extents& e,
                        const svm_parameters& p) noexcept
{
    for (index r = 0; r < e.rows; ++r, in += e.features) {
        const float* v = vectors;
        for (index s = 0; s < e.vectors; ++s, v += e.features) {
            float sum = 0.0f;
            for (index f = 0; f < e.features; ++f) {
                if constexpr (Kernel == svm_kernel::rbf) {
                    const float difference = in[f] - v[f];
                    sum += difference * difference;
                } else {
                    sum += in[f] * v[f];
                }
            }
            if constexpr (Kernel == svm_kernel::poly) {
                sum = math::pow(p.gamma * sum + p.coef0, p.degree);
            } else if constexpr (Kernel == svm_kernel::rbf) {
                sum = math::exp(-p.gamma * sum);
            } else if constexpr (Kernel == svm_kernel::sigmoid) {
                sum = math::tanh(p.gamma * sum + p.coef0);
            }
            *out++ = sum;
        }
    }
}

struct svm_pairs_extents {
    index rows = 0;
    index vectors = 0;
    index classes = 0;
};

/// Decisions of all pairs of classes i < j, in that order: the sum over their support vectors of kernel values times
/// coefficients, plus rho. kernels[row][vector], vectors class by class (counts[class] of them); coefficients
/// [classes - 1][vectors], LIBSVM's dual ones. A decision above 0 is a vote for i, else for j; votes[row][class].
inline void svm_decisions(const float* kernels, const float* coefficients, const float* rho, const std::int64_t* counts,
                          float* decisions, float* votes, const svm_pairs_extents& e) noexcept
{
    for (index r = 0; r < e.rows; ++r, kernels += e.vectors, votes += e.classes) {
        for (index c = 0; c < e.classes; ++c) {
            votes[c] = 0.0f;
        }
        index pair = 0;
        index first_i = 0;
        for (index i = 0; i < e.classes; ++i) {
            const auto count_i = static_cast<index>(counts[i]);
            index first_j = first_i + count_i;
            for (index j = i + 1; j < e.classes; ++j, ++pair) {
                const auto count_j = static_cast<index>(counts[j]);
                double sum = 0.0;
                for (index s = first_i; s < first_i + count_i; ++s) {
                    sum += static_cast<double>(coefficients[(j - 1) * e.vectors + s] * kernels[s]);
                }
                for (index s = first_j; s < first_j + count_j; ++s) {
                    sum += static_cast<double>(coefficients[i * e.vectors + s] * kernels[s]);
                }
                sum += static_cast<double>(rho[pair]);
                *decisions++ = static_cast<float>(sum);
                votes[sum > 0.0 ? i : j] += 1.0f;
                first_j += count_j;
            }
            first_i += count_i;
        }
    }
}

struct svm_probability_extents {
    index rows = 0;
    index classes = 0;
};

/// Probabilities of the classes from pairwise decisions: Platt's sigmoid for each pair, 1 / (1 + exp(a d + b)), coupled by
/// the second method of Wu, Lin and Weng, "Probability Estimates for Multi-class Classification by Pairwise Coupling"
/// (2004), as LIBSVM iterates it. scratch: classes * (2 * classes + 1) floats.
inline void svm_probabilities(const float* decisions, const float* a, const float* b, float* out,
                              const svm_probability_extents& e, float* scratch) noexcept
{
    const index n = e.classes;
    float* pairwise = scratch;
    float* q = pairwise + n * n;
    float* qp = q + n * n;
    constexpr float least = 1.0e-7f;
    for (index row = 0; row < e.rows; ++row, out += n) {
        index pair = 0;
        for (index i = 0; i < n; ++i) {
            for (index j = i + 1; j < n; ++j, ++pair) {
                float p = 1.0f - math::sigmoid(decisions[pair] * a[pair] + b[pair]);
                p = p < least ? least : p > 1.0f - least ? 1.0f - least : p;
                pairwise[i * n + j] = p;
                pairwise[j * n + i] = 1.0f - p;
            }
        }
        decisions += pair;
        for (index i = 0; i < n; ++i) {
            out[i] = 1.0f / static_cast<float>(n);
            q[i * n + i] = 0.0f;
            for (index j = 0; j < n; ++j) {
                if (j != i) {
                    q[i * n + i] += pairwise[j * n + i] * pairwise[j * n + i];
                    q[i * n + j] = -pairwise[j * n + i] * pairwise[i * n + j];
                }
            }
        }
        const float eps = 0.005f / static_cast<float>(n);
        for (index turn = 0; turn < 100; ++turn) {
            float pqp = 0.0f;
            for (index i = 0; i < n; ++i) {
                qp[i] = 0.0f;
                for (index j = 0; j < n; ++j) {
                    qp[i] += q[i * n + j] * out[j];
                }
                pqp += out[i] * qp[i];
            }
            float worst = 0.0f;
            for (index i = 0; i < n; ++i) {
                const float error = qp[i] > pqp ? qp[i] - pqp : pqp - qp[i];
                worst = error > worst ? error : worst;
            }
            if (worst < eps) {
                break;
            }
            for (index i = 0; i < n; ++i) {
                const float diff = (pqp - qp[i]) / q[i * n + i];
                out[i] += diff;
                pqp = (pqp + diff * (diff * q[i * n + i] + 2.0f * qp[i])) / (1.0f + diff) / (1.0f + diff);
                for (index j = 0; j < n; ++j) {
                    qp[j] = (qp[j] + diff * q[i * n + j]) / (1.0f + diff);
                    out[j] /= 1.0f + diff;
                }
            }
        }
    }
}

struct svm_sum_extents {
    index rows = 0;
    index vectors = 0;
};

/// out[row] = the sum of kernels[row][vector] * coefficients[vector], plus rho; with OneClass, 1 where that is above 0 and
/// -1 elsewhere.
template <bool OneClass>
inline void svm_sums(const float* kernels, const float* coefficients, float* out, const svm_sum_extents& e,
                     float rho) noexcept
{
    for (index r = 0; r < e.rows; ++r, kernels += e.vectors) {
        float sum = 0.0f;
        for (index s = 0; s < e.vectors; ++s) {
            sum += kernels[s] * coefficients[s];
        }
        sum += rho;
        out[r] = OneClass ? (sum > 0.0f ? 1.0f : -1.0f) : sum;
    }
}

}  // namespace wasminfer
