// SPDX-License-Identifier: GPL-2.0
/*
 * Planted defects of user space: a suite that misbehaves in the way that its
 * name says. Defects of the kernel are in module/defect.c and are loaded here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE	"/suites/defect.ko"

static void plan(int tests)
{
	setbuf(stdout, NULL);
	printf("TAP version 13\n1..%d\n", tests);
}

static int test(int number, const char *name, int good)
{
	printf("#  RUN           %s ...\n", name);
	if (!good)
		printf("# the reason is told\n");
	printf("%s %d %s\n", good ? "ok" : "not ok", number, name);
	return good ? 0 : 1;
}

static int good(void)
{
	plan(2);
	return test(1, "first", 1) | test(2, "second", 1);
}

static int failing(void)
{
	plan(2);
	return test(1, "first", 1) | test(2, "second", 0);
}

/* Announces what it runs: only the plan of the host knows better. */
static int fewer(void)
{
	plan(1);
	return test(1, "first", 1);
}

/* The loop over the tests ends early, and nothing looks wrong. */
static int stops(void)
{
	plan(2);
	return test(1, "first", 1);
}

static int skipping(void)
{
	plan(2);
	test(1, "first", 1);
	printf("#  RUN           second ...\n");
	printf("ok 2 # SKIP no such device\n");
	return 0;
}

static int crashing(void)
{
	plan(2);
	test(1, "first", 1);
	printf("#  RUN           second ...\n");
	abort();
}

/* Fails after its last result, where no test can tell. */
static int badexit(void)
{
	good();
	return 1;
}

static int hanging(void)
{
	plan(2);
	test(1, "first", 1);
	printf("#  RUN           second ...\n");
	while (pause())
		;
	return 1;
}

static int dying(void)
{
	plan(2);
	test(1, "first", 1);
	printf("#  RUN           second ...\n");
	sleep(2);	/* let PID 1 tell the host what runs */
	reboot(RB_AUTOBOOT);
	return 1;
}

/* Passes: what the kernel did meanwhile is for others to see. */
static int in_kernel(const char *kind)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	char param[64];

	plan(1);
	printf("#  RUN           load ...\n");
	snprintf(param, sizeof(param), "kind=%s", kind);
	if (fd < 0 || syscall(SYS_finit_module, fd, param, 0)) {
		printf("# %s: %s\n", MODULE, strerror(errno));
		printf("not ok 1 load\n");
		return 1;
	}
	printf("ok 1 load\n");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} defects[] = {
	{ "good", good },
	{ "failing", failing },
	{ "fewer", fewer },
	{ "stops", stops },
	{ "skipping", skipping },
	{ "crashing", crashing },
	{ "badexit", badexit },
	{ "hanging", hanging },
	{ "dying", dying },
};

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	(void)argc;
	name = name ? name + 1 : argv[0];
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		if (!strcmp(name, defects[i].name))
			return defects[i].run();
	return in_kernel(name);
}
