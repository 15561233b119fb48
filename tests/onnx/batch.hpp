#pragma once

#include <vector>

#include "job.hpp"
#include "verify/toolchain.hpp"

namespace wasminfer::gen {

using Batch = std::vector<Job*>;

/// Jobs that are ready, in groups that one program serves: neighbours, as many as compile quickly together, and as much
/// memory as one program may ask for.
std::vector<Batch> make_batches(std::vector<Job>& jobs);

/// Emits, compiles, runs and judges a batch. Jobs whose headers don't compile, or that end the program, fail alone.
void run_batch(const Toolchain& toolchain, const Batch& batch);

}  // namespace wasminfer::gen
