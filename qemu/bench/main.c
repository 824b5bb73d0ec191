// SPDX-License-Identifier: GPL-2.0
/*
 * Runs benchmarks in the guest: bench NAME[/FILTER]...
 *
 * Each sends records on the verdict port, see bench.py:
 *
 *	sample	OPERATION	LIVE	WHO	CALLS	TOTAL TOTAL...
 *	map	ROW	OPERATION	BYTES	WAY	UNITS	TOTAL TOTAL...
 *	runs	ROW	PAGES	RUNS		how scattered its memory was
 *	absent	WAY	WHY			the kernel has it not
 *	failed	ROW	WHAT	WHY
 *	end					all were run
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../init/init.h"
#include "map.h"

#define CGROUP	"/tmp/cgroup"

static void __attribute__((noreturn)) fail(const char *what)
{
	say("bench: %s: %m", what);
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

/* As a container is: in a cgroup with limits, below the root. */
static void enter_cgroup(void)
{
	mkdir(CGROUP, 0755);
	if (mount("cgroup2", CGROUP, "cgroup2", 0, ""))
		fail("mount cgroup2");
	write_file(CGROUP "/cgroup.subtree_control", "+misc");
	if (mkdir(CGROUP "/bench", 0755) && errno != EEXIST)
		fail("mkdir " CGROUP "/bench");
	write_file(CGROUP "/bench/cgroup.procs", "0");
}

static void send(char *line)
{
	const char *fields[5] = { 0 };

	for (int i = 0; i < 5 && line; i++)
		fields[i] = strsep(&line, "\t\n");
	report("sample", fields[0], fields[1], fields[2], fields[3], fields[4],
	       NULL);
}

/* A module that measures when it is loaded, and what it wrote to debugfs. */
static void run_module(const char *name)
{
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "/suites/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		fail(path);
	close(fd);

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", name);
	file = fopen(path, "re");
	if (!file)
		fail(path);
	while (getline(&line, &size, file) > 0)
		send(line);
	fclose(file);
	free(line);
}

static void bench_ioasid(char *filter)
{
	(void)filter;
	enter_cgroup();
	run_module("ioasid_bench");
}

static void bench_dirty(char *filter)
{
	(void)filter;
	run_module("dirty_bench");
}

static const struct {
	const char *name;
	void (*run)(char *filter);
} benchmarks[] = {
	{ "dirty", bench_dirty },
	{ "ioasid", bench_ioasid },
	{ "map", bench_map },
};

static void run(char *name)
{
	char *filter = strchr(name, '/');

	if (filter)
		*filter++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(benchmarks); i++) {
		if (!strcmp(benchmarks[i].name, name)) {
			benchmarks[i].run(filter);
			return;
		}
	}
	errno = ENOENT;
	fail(name);
}

int main(int argc, char **argv)
{
	if (report_open())
		fail("verdict port");
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	report("end", NULL);
	return 0;
}
