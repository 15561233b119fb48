#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/tensor.hpp"

namespace wasminfer::gen {

/// How far an output may be from its reference: |got - expected| <= atol + rtol * |expected|, for all elements but a
/// fraction of outliers, which have a bound of their own.
struct Tolerance {
    double rtol = 1e-3;
    double atol = 1e-7;
    double outlier_fraction = 0;
    double outlier_atol = 0;
    std::string skip{};  ///< Why the output is not compared element by element, or empty.
};

/// test_data_set_K: inputs in the graph's order, and reference outputs by their position among the graph's outputs.
struct DataSet {
    std::string name;
    std::vector<Tensor> inputs;
    std::map<std::size_t, Tensor> outputs;
};

/// A folder in the layout of ONNX's backend tests.
struct TestCase {
    std::filesystem::path folder;
    std::filesystem::path model() const { return folder / "model.onnx"; }
    std::vector<DataSet> data_sets;
    /// By output name, from meta.json where there is one.
    std::map<std::string, Tolerance> tolerances;
};

/// A data set's folder. Throws Refused where an input's number is left out, or a file is no tensor.
DataSet read_data_set(const std::filesystem::path& folder);

/// Throws Refused where the folder isn't such a case.
TestCase read_test_case(const std::filesystem::path& folder);

/// What a comparison found.
struct Difference {
    bool passed = true;
    double largest_absolute = 0;
    double largest_relative = 0;
    std::string reason;  ///< Why it did not pass.
};

/// The same for a model whose weights were rounded to f16: floats may be off by eight units of f16's last place (2^-11) of
/// the output's largest value, too. Integers stay what they are.
Tolerance half_tolerance(Tolerance tolerance, const Tensor& expected);

Difference compare(const Tensor& got, const Tensor& expected, const Tolerance& tolerance);

}  // namespace wasminfer::gen
