#pragma once

namespace wasminfer::gen::test {

/// Long walks over combinations and random cases would take many minutes under the sanitizers: there one in so many is
/// tried. A prime, so that walks of other lengths don't meet the same ones again and again.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WASMINFER_TEST_SANITIZED 1
#endif
#endif
#ifdef WASMINFER_TEST_SANITIZED
inline constexpr int tried_every = 31;
#else
inline constexpr int tried_every = 1;
#endif

}  // namespace wasminfer::gen::test
