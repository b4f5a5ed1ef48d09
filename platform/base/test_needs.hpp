// For tests that look at our work through another program. Where that program is missing they are skipped, except where
// the run is to be complete (CI, or CIVITAS_TESTS_COMPLETE, which ./dev test sets after installing them): there they
// fail.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

namespace civitas::testing {

inline bool must_be_complete() {
  return std::getenv("CI") != nullptr || std::getenv("CIVITAS_TESTS_COMPLETE") != nullptr;
}

}  // namespace civitas::testing

#define CIVITAS_NEEDS(there, what)                                                   \
  do {                                                                               \
    if (!(there)) {                                                                  \
      if (::civitas::testing::must_be_complete()) FAIL() << (what) << " is missing"; \
      GTEST_SKIP() << (what) << " is missing";                                       \
    }                                                                                \
  } while (false)
