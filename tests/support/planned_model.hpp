// A model by ModelBuilder, taken through all passes to its plan and its header.
#pragma once

#include "emit/emit.hpp"
#include "passes/pass.hpp"
#include "plan/plan.hpp"
#include "support/model_builder.hpp"

namespace wasminfer::gen::test {

struct PlannedModel {
    std::unique_ptr<Model> model;
    Plan plan;  ///< Empty where there are findings.
    std::string findings;

    PlannedModel(const ModelBuilder& builder, const ImportOptions& import, const PassOptions& passes)
        : model{builder.model(import)}
    {
        Diagnostics diagnostics{"test.onnx"};
        run_passes(*model, passes, diagnostics);
        if (diagnostics.empty()) {
            plan = make_plan(*model, diagnostics);
        }
        findings = diagnostics.text();
    }

    std::string header() const
    {
        return emit(*model, plan, {.name = "test", .header = "test.hpp", .weights = WeightsMode::literal})
            .files.back()
            .bytes;
    }
};

}  // namespace wasminfer::gen::test
