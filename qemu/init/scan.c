// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel noticed while the suites ran: the kernel log, leaked memory
 * and the taint flags.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define KMEMLEAK_AGE	6	/* seconds; younger objects are not reported */
#define MAX_LEAK_LINES	120
#define TAINT_TEST	(1L << 18)	/* KUnit has run */
#define TAINT_USER	(1L << 6)	/* A device was had without an IOMMU */

/*
 * First match wins. A stack frame matches nothing, so that each splat gives
 * one or two records.
 */
static const struct {
	const char *kind;
	const char *regex;
} patterns[] = {
	{ "kasan", "KASAN:" },
	{ "ubsan", "UBSAN:" },
	{ "lockdep", "possible (recursive|circular|irq lock)" },
	{ "lockdep", "lock state|lock order inversion|held lock freed" },
	{ "lockdep", "bad unlock balance|Invalid wait context" },
	{ "lockdep", "WARNING: (.* )?lock.* held" },
	{ "lockdep", "trying to register non-static key|BUG: MAX_" },
	{ "lockdep", "turning off the locking correctness" },
	{ "rcu", "suspicious RCU|rcu:.*(stall|starved)" },
	{ "sleep", "sleeping function called|scheduling while atomic" },
	{ "stall", "blocked for more than|(soft|hard|workqueue) (lockup|LOCKUP)" },
	{ "bug", "BUG[: ]|Oops|general protection|Bad page|corruption" },
	{ "bug", "Unable to handle|Kernel panic|Internal error" },
	{ "warn", "WARNING:|cut here|refcount_t:" },
	{ "warn", "cannot create duplicate filename" },
};

static regex_t compiled[ARRAY_SIZE(patterns)];
static int kmsg = -1;
static bool clean = true;

static void found(const char *kind, const char *detail)
{
	clean = false;
	report("scan", kind, detail, NULL);
	say("scan: %s: %s", kind, detail);
}

/* A line of /dev/kmsg: "PRIORITY,SEQ,USEC,FLAGS;TEXT\n" */
static void check_line(const char *line)
{
	const char *text = strchr(line, ';');

	/* Facility 0 is the kernel; programs may write what they like. */
	if (!text || atoi(line) >= 8)
		return;
	text++;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (regexec(&compiled[i], text, 0, NULL, 0))
			continue;
		found(patterns[i].kind, text);
		return;
	}
}

/* Read the kernel log up to its present end. */
void scan_log(void)
{
	char buf[8192];
	ssize_t n;

	for (;;) {
		n = read(kmsg, buf, sizeof(buf) - 1);
		if (n < 0 && errno == EPIPE) {
			found("lost", "kernel log overran before it was read");
			continue;
		}
		if (n <= 0)
			return;
		buf[n] = '\0';
		buf[strcspn(buf, "\n")] = '\0';
		check_line(buf);
	}
}

static long read_taint(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "re");
	long taint = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &taint) != 1)
		taint = -1;
	fclose(file);
	return taint;
}

/* Has the guest's plan switched it off, and not the kernel in trouble? */
static bool kmemleak_is_off(void)
{
	FILE *file = fopen("/proc/cmdline", "re");
	char line[4096] = "";

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strstr(line, " kmemleak=off ");
}

static bool kmemleak_do(const char *command)
{
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, command, strlen(command)) > 0;
	close(fd);
	return good;
}

/* Report the backtraces if report_them. Returns the number of lines. */
static int kmemleak_read(bool report_them)
{
	FILE *file = fopen(KMEMLEAK, "re");
	char line[256];
	int lines = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (report_them && lines < MAX_LEAK_LINES)
			found("leak", line);
		lines++;
	}
	fclose(file);
	return lines;
}

/*
 * An object counts as leaked when two scans in a row see it unreferenced,
 * unchanged and old enough. A third one takes out what was in a register or
 * in flight just then.
 */
static void scan_leaks(void)
{
	if (access(KMEMLEAK, F_OK) || kmemleak_is_off())
		return;
	if (!kmemleak_do("scan")) {
		found("leak", "kmemleak does not work");
		return;
	}
	sleep(KMEMLEAK_AGE);
	kmemleak_do("scan");
	if (!kmemleak_read(false))
		return;
	kmemleak_do("scan");
	kmemleak_read(true);
}

static void scan_taint(void)
{
	char text[64];
	long taint = read_taint();

	if (!(taint & ~(TAINT_TEST | TAINT_USER)))
		return;
	snprintf(text, sizeof(text), "%#lx", taint);
	found("taint", text);
}

/* Call once, before the first program. */
void scan_start(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (regcomp(&compiled[i], patterns[i].regex,
			    REG_EXTENDED | REG_NOSUB))
			abort();
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		found("lost", "no kernel log");
	/* A leak at boot is no suite's, unless KUnit has run. */
	if (!(read_taint() & TAINT_TEST))
		kmemleak_do("clear");
	scan_log();
}

/* Call once, after the last suite. Returns whether nothing was ever found. */
bool scan_finish(void)
{
	scan_leaks();
	scan_taint();
	scan_log();
	return clean;
}
