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
#include <stdio.h>
#include <stdlib.h>

struct tap_test {
	const char *name;
	void (*run)(void);
};

static jmp_buf tap_failed;

#define check(cond) do {						\
	if (!(cond)) {							\
		printf("# %s:%d: not %s\n", __FILE__, __LINE__, #cond);	\
		longjmp(tap_failed, 1);					\
	}								\
} while (0)

#define check_eq(a, b) do {						\
	unsigned long long _a = (a), _b = (b);				\
									\
	if (_a != _b) {							\
		printf("# %s:%d: %s is %llu, not %s (%llu)\n", __FILE__,	\
		       __LINE__, #a, _a, #b, _b);			\
		longjmp(tap_failed, 1);					\
	}								\
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
