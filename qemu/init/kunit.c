// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites: they ran before PID 1 did, here their results are taken.
 *
 * Each suite has a file in debugfs, which knows whether the suite succeeded as
 * a whole. Of what a case said it keeps 512 bytes, so that the result of one
 * that failed with many words is not there. The cases are read from the kernel
 * log, where nothing is missing and each line has its time:
 *
 *	    # Subtest: SUITE
 *	    1..2
 *	    ok 1 first
 *	    # second: EXPECTATION FAILED at ...
 *	    not ok 2 second
 *	not ok 1 SUITE
 *
 * A case that runs once for each of its parameters is one test. Results for
 * the parameters are indented further, and part of its output.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"

#define KUNIT_DIR	"/sys/kernel/debug/kunit"
#define INDENT		"    "
#define NEWLINE		"\\x0a"		/* in a record of /dev/kmsg */

struct kunit {
	const char *name;
	struct tap *tap;	/* NULL: not come to the suite yet */
	long start;
	long now;
	bool ended;		/* the suite's own result was seen */
};

/* Tell which suites there are, so that none runs without a plan. */
void kunit_list(void)
{
	DIR *dir = opendir(KUNIT_DIR);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			report("kunit", entry->d_name, NULL);
	closedir(dir);
}

/* Read the result of the whole suite, in the last line of its file. */
static int read_result(const char *name, bool *good)
{
	char path[128], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), KUNIT_DIR "/%.64s/results", name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	*good = false;
	while (fgets(line, sizeof(line), file))
		*good = !strncmp(line, "ok ", 3);
	fclose(file);
	return 0;
}

static bool is_first(const struct kunit *kunit, const char *line)
{
	static const char subtest[] = INDENT "# Subtest: ";

	return !strncmp(line, subtest, strlen(subtest)) &&
	       !strcmp(line + strlen(subtest), kunit->name);
}

/* "[not ]ok N SUITE[ # SKIP reason]", not indented */
static bool is_last(const struct kunit *kunit, const char *line)
{
	size_t len = strlen(kunit->name);

	if (!strncmp(line, "not ", 4))
		line += 4;
	if (strncmp(line, "ok ", 3))
		return false;
	line += 3 + strspn(line + 3, "0123456789 ");
	return !strncmp(line, kunit->name, len) &&
	       (!line[len] || line[len] == ' ');
}

static void take_line(struct kunit *kunit, const char *line)
{
	if (!kunit->tap) {
		if (is_first(kunit, line)) {
			kunit->start = kunit->now;
			kunit->tap = tap_new(kunit->name, kunit->now);
		}
		return;
	}
	if (is_last(kunit, line)) {
		kunit->ended = true;
		return;
	}
	if (!strncmp(line, INDENT, strlen(INDENT)))
		line += strlen(INDENT);
	tap_line(kunit->tap, line, kunit->now);
}

/* A record of /dev/kmsg: "PRIORITY,SEQ,USEC,FLAGS;TEXT\n" */
static void take_record(struct kunit *kunit, char *record)
{
	char *line = strchr(record, ';'), *next;
	long long usec;

	/* Facility 0 is the kernel. */
	if (kunit->ended || !line || atoi(record) >= 8 ||
	    sscanf(record, "%*u,%*u,%lld", &usec) != 1)
		return;
	kunit->now = usec / 1000;
	line[strcspn(line, "\n")] = '\0';
	for (line++; line; line = next) {
		next = strstr(line, NEWLINE);
		if (next) {
			*next = '\0';
			next += strlen(NEWLINE);
		}
		take_line(kunit, line);
	}
}

static void read_log(struct kunit *kunit)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char buf[8192];
	ssize_t n;

	if (fd < 0)
		return;
	for (;;) {
		n = read(fd, buf, sizeof(buf) - 1);
		if (n < 0 && errno == EPIPE)	/* the scan tells */
			continue;
		if (n <= 0)
			break;
		buf[n] = '\0';
		take_record(kunit, buf);
	}
	close(fd);
}

/*
 * Report a KUnit suite as if it ran here. Returns whether all is well. One that
 * took longer than planned did not hold up anybody, and is reported all the
 * same.
 */
bool kunit_report(const char *name, unsigned int seconds)
{
	struct kunit kunit = { .name = name };
	const char *end;
	bool good;

	report("run", name, NULL);
	if (read_result(name, &good)) {
		report("done", name, "absent", "-1", "0", NULL);
		return false;
	}
	read_log(&kunit);
	if (!kunit.tap)
		kunit.tap = tap_new(name, kunit.start);
	if (kunit.now - kunit.start > seconds * 1000L)
		end = "timeout";
	else
		end = good && kunit.ended ? "exit 0" : "exit 1";
	return tap_end(kunit.tap, end, kunit.now);
}
