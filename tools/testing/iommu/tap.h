/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test driver: TAP on stdout, then one line with the sums.
 *
 * A check that fails ends its test, wherever it stands. What the test had
 * allocated is then left alone, so that later ones may complain of leaks.
 */
#ifndef __TAP_H
#define __TAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

struct tap_test {
	const char *name;
	void (*run)(void);
};

static jmp_buf tap_failed;

static inline __noreturn __printf(3, 4)
void tap_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	longjmp(tap_failed, 1);
}

#define check(cond)							\
	((cond) ? (void)0 : tap_fail(__FILE__, __LINE__, "not %s", #cond))

#define check_eq(a, b) do {						\
	unsigned long long _a = (a), _b = (b);				\
									\
	if (_a != _b)							\
		tap_fail(__FILE__, __LINE__, "%s is %llu, not %s (%llu)", \
			 #a, _a, #b, _b);				\
} while (0)

/* All tests run, whatever the ones before them did. */
static inline int tap_run(const struct tap_test *tests, size_t n)
{
	/* Not in registers, which longjmp() would set back. */
	static size_t i, failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%zu\n", n);
	for (i = 0; i < n; i++) {
		if (setjmp(tap_failed)) {
			failed++;
			printf("not ok %zu - %s\n", i + 1, tests[i].name);
		} else {
			tests[i].run();
			printf("ok %zu - %s\n", i + 1, tests[i].name);
		}
	}
	printf("%zu passed, %zu failed\n", n - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
