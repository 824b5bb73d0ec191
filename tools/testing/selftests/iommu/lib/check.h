/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions for calls that return 0 or a negative errno. On a mismatch they
 * print the call and both error names. Include after kselftest_harness.h.
 */
#ifndef SELFTESTS_IOMMU_LIB_CHECK_H
#define SELFTESTS_IOMMU_LIB_CHECK_H

#include <string.h>

/*
 * To open or close a device can mean to reset a bus, and the machine can be an
 * emulated one on a busy host: the harness's own 30 seconds are not enough.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

static inline const char *check_name(int err)
{
	const char *name = err ? strerrorname_np(err) : "success";

	return name ? name : "not an errno";
}

#define __CHECK_ERR(_err, _call, _str, _assert) do { \
	int __want = (_err); \
	int __rc = (_call); \
	if (_assert) \
		__INC_STEP(_metadata); \
	if (__rc != -__want) { \
		__TH_LOG("%s: wanted %s, got %s (%d)", _str, \
			 check_name(__want), check_name(-__rc), __rc); \
		_metadata->passed = 0; \
		_metadata->trigger = 1; \
	} \
} while (0); OPTIONAL_HANDLER(_assert)

/* The call succeeds */
#define ASSERT_OK(call) __CHECK_ERR(0, call, #call, 1)
#define EXPECT_OK(call) __CHECK_ERR(0, call, #call, 0)

/* The call fails with this errno (a positive number) */
#define ASSERT_ERR(err, call) __CHECK_ERR(err, call, #call, 1)
#define EXPECT_ERR(err, call) __CHECK_ERR(err, call, #call, 0)

/*
 * Only this leaves a test from within a fixture's setup: the harness would run
 * the test's body after a plain return.
 */
#define SKIP_FROM_SETUP(fmt, ...) SKIP(_exit(255), fmt, ##__VA_ARGS__)

#endif
