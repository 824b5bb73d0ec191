/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PID 1 of a test guest.
 *
 * init runs the planned suites one after the other, then scans the kernel for
 * what no test reports by itself, and only then sends the verdict. The order
 * matters: a verdict that is sent before the scan can be green over a leak.
 *
 * Everything goes to the host through a virtio-serial port of its own, one
 * record a line, fields separated by tabs:
 *
 *	kunit	SUITE				a KUnit suite that ran at boot
 *	run	SUITE				a suite is about to start
 *	start	SUITE	TEST			a test is about to start
 *	log	SUITE	LINE			output of a test that failed
 *	test	SUITE	TEST	RESULT	MS	DETAIL
 *						RESULT is pass, fail or skip
 *	done	SUITE	END	PLANNED	MS	END is "exit N", "signal N",
 *						"timeout" or "absent"; PLANNED is
 *						the number the suite announced;
 *						for KUnit END is "exit 0" if the
 *						kernel calls it a success, else
 *						"exit 1"
 *	scan	KIND	DETAIL			what the scan found
 *	end	RESULT				pass or fail, always the last
 */
#ifndef QEMU_INIT_H
#define QEMU_INIT_H

#include <stdbool.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* report.c */
int report_open(void);
void report(const char *type, ...) __attribute__((sentinel));
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *num(long value);
long now_ms(void);

/* suite.c */
bool suite_run(const char *name, unsigned int seconds);

/* tap.c */
struct tap;
struct tap *tap_new(const char *suite, long now);
void tap_line(struct tap *tap, const char *line, long now);
bool tap_end(struct tap *tap, const char *end, long now);

/* kunit.c */
void kunit_list(void);
bool kunit_report(const char *name, unsigned int seconds);

/* scan.c */
void scan_start(void);
void scan_log(void);
bool scan_finish(void);

#endif
