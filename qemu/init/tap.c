// SPDX-License-Identifier: GPL-2.0
/*
 * Reader of the test anything protocol as kernel selftests write it.
 *
 *	1..2
 *	#  RUN           fixture.variant.test ...
 *	ok 1 fixture.variant.test
 *	not ok 2 name
 *	ok 3 # SKIP reason
 *
 * A skipped test of kselftest_harness.h gives its reason in place of its name,
 * so that the name has to come from the RUN line before.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"

#define MAX_OUTPUT	200	/* lines of a failing test that are forwarded */

struct tap {
	const char *suite;
	char running[200];	/* from the last RUN line, "" if none is open */
	char *output[MAX_OUTPUT];	/* since the last result */
	unsigned int nr_output;	/* lines seen; a ring when there are more */
	long planned;		/* -1: the plan line is still missing */
	long results;
	bool failed;
	long start;		/* of the suite; as all times, in ms */
	long since;		/* start of the running test */
	long now;		/* when the present line was written */
};

struct tap *tap_new(const char *suite, long now)
{
	struct tap *tap = calloc(1, sizeof(*tap));

	if (!tap)
		abort();
	tap->suite = suite;
	tap->planned = -1;
	tap->start = now;
	tap->since = now;
	return tap;
}

static void keep_output(struct tap *tap, const char *line)
{
	char **slot = &tap->output[tap->nr_output++ % MAX_OUTPUT];

	free(*slot);
	*slot = strdup(line);
}

static void drop_output(struct tap *tap)
{
	for (int i = 0; i < MAX_OUTPUT; i++) {
		free(tap->output[i]);
		tap->output[i] = NULL;
	}
	tap->nr_output = 0;
}

static void send_output(struct tap *tap)
{
	unsigned int i = 0;

	if (tap->nr_output > MAX_OUTPUT)
		i = tap->nr_output - MAX_OUTPUT;
	for (; i < tap->nr_output; i++) {
		const char *line = tap->output[i % MAX_OUTPUT];

		if (line)
			report("log", tap->suite, line, NULL);
	}
}

static void send_result(struct tap *tap, const char *name, const char *result,
			const char *detail)
{
	if (!strcmp(result, "fail")) {
		tap->failed = true;
		send_output(tap);
	}
	report("test", tap->suite, name, result, num(tap->now - tap->since),
	       detail, NULL);
	drop_output(tap);
	tap->running[0] = '\0';
	tap->since = tap->now;
}

/* "#  RUN           name ..." */
static bool parse_run(struct tap *tap, const char *line)
{
	size_t len;

	if (strncmp(line, "#  RUN ", 7))
		return false;
	line += 7;
	line += strspn(line, " ");
	len = strcspn(line, " ");
	if (len >= sizeof(tap->running))
		len = sizeof(tap->running) - 1;
	memcpy(tap->running, line, len);
	tap->running[len] = '\0';
	tap->since = tap->now;
	report("start", tap->suite, tap->running, NULL);
	return true;
}

/* "[not ]ok N [-] [name] [# DIRECTIVE [reason]]" */
static bool parse_result(struct tap *tap, const char *line)
{
	bool ok = !strncmp(line, "ok ", 3);
	const char *result = ok ? "pass" : "fail";
	char name[200] = "", *hash, *detail = "";

	if (!ok && strncmp(line, "not ok ", 7))
		return false;
	line += ok ? 3 : 7;
	line += strspn(line, "0123456789 -");
	snprintf(name, sizeof(name), "%s", line);

	hash = strchr(name, '#');
	if (hash) {
		*hash = '\0';
		detail = hash + 1 + strspn(hash + 1, " ");
		if (ok && !strncasecmp(detail, "skip", 4)) {
			result = "skip";
			detail += 4;
			detail += strspn(detail, " ");
		}
	}
	for (size_t len = strlen(name); len && isspace(name[len - 1]); len--)
		name[len - 1] = '\0';

	tap->results++;
	send_result(tap, name[0] ? name : tap->running, result, detail);
	return true;
}

/* Take one line of output, without its newline. */
void tap_line(struct tap *tap, const char *line, long now)
{
	tap->now = now;
	if (parse_run(tap, line) || parse_result(tap, line))
		return;
	if (tap->planned < 0 && sscanf(line, "1..%ld", &tap->planned) == 1)
		return;
	keep_output(tap, line);
}

/*
 * The suite has ended. A test that was running then is a failed one. Returns
 * whether all that was announced ran and passed, and frees tap.
 */
bool tap_end(struct tap *tap, const char *end, long now)
{
	bool good;

	tap->now = now;
	if (tap->running[0])
		send_result(tap, tap->running, "fail", end);
	else if (strcmp(end, "exit 0"))
		send_output(tap);
	good = !tap->failed && !strcmp(end, "exit 0") &&
	       tap->results == tap->planned;
	report("done", tap->suite, end, num(tap->planned),
	       num(now - tap->start), NULL);
	drop_output(tap);
	free(tap);
	return good;
}
