// SPDX-License-Identifier: GPL-2.0
/*
 * Costs of mapping for DMA, by the kind of memory and the size. A record of
 * bench.py's for each operation:
 *
 *	map	ROW	OPERATION	BYTES	WAY	UNITS	TOTAL TOTAL...
 *
 * TOTAL is what the UNITS took together, one for each round. Each row has a
 * process of its own, in which all ways map the very same pages.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../init/init.h"
#include "map_run.h"

#define K4	4 * KIB
#define M2	2 * MIB

static struct row rows[] = {
	{ "4K", { .page = K4 }, K4, 0, run_map,
	  { MIB, 16 * MIB, 256 * MIB, GIB } },
	{ "4K scattered", { .page = K4, .scattered = true }, K4, 0, run_map,
	  { MIB, 16 * MIB, 256 * MIB, GIB } },
	{ "4K a call", { .page = K4 }, K4, K4, run_map,
	  { MIB, 16 * MIB, 128 * MIB } },
	{ "THP", { .page = M2, .thp = true }, M2, 0, run_map,
	  { 16 * MIB, 256 * MIB, GIB } },
	{ "2M", { .page = M2, .huge = true, .limit = 256 * MIB }, M2, 0,
	  run_map, { 16 * MIB, 256 * MIB, GIB, 16 * GIB, 64 * GIB } },
	{ "1G", { .page = GIB, .huge = true, .limit = GIB }, GIB, 0,
	  run_map, { GIB, 16 * GIB, 64 * GIB } },
	{ "file 4K", { .page = K4, .file = true }, K4, 0, run_map,
	  { MIB, 16 * MIB, 256 * MIB } },
	{ "file 2M", { .page = M2, .huge = true, .file = true,
	  .limit = 256 * MIB }, M2, 0, run_map, { 16 * MIB, 256 * MIB, GIB } },
	{ "attach 4K", { .page = K4 }, K4, 0, run_attach,
	  { 16 * MIB, 256 * MIB } },
	{ "attach 2M", { .page = M2, .huge = true, .limit = 256 * MIB }, M2, 0,
	  run_attach, { 16 * MIB, 256 * MIB, GIB } },
	{ "copy 4K", { .page = K4 }, K4, 0, run_copy,
	  { 16 * MIB, 256 * MIB } },
	{ "copy 2M", { .page = M2, .huge = true, .limit = 256 * MIB }, M2, 0,
	  run_copy, { 16 * MIB, 256 * MIB, GIB } },
	{ "threads", { .page = K4 }, K4, MIB, run_threads, { 256 * MIB } },
	{ "threads, 4K a call", { .page = K4 }, K4, K4, run_threads,
	  { 16 * MIB } },
};

/* What of a row is wanted; NULL and 0 are everything. */
struct only {
	const char *way;
	size_t size;
};

static void run_row(struct row *row, const struct only *only)
{
	size_t i, w, largest = 0;
	int rc;

	for (i = 0; i < MAX_SIZES && row->sizes[i]; i++)
		largest = row->sizes[i];
	run_check(row, "memory", memory_make(&row->memory, largest));
	report("runs", row->name, num(row->memory.real / row->memory.page),
	       num(memory_runs(&row->memory, row->memory.real)), NULL);
	for (w = 0; w < map_nr_ways; w++) {
		const struct way *way = &map_ways[w];

		if (only->way && strcmp(only->way, way->name))
			continue;
		rc = way->open();
		/* Another kernel may have one of the ways only. */
		if (rc == -ENOENT || rc == -ENODEV) {
			report("absent", way->name, strerror(-rc), NULL);
			continue;
		}
		run_check(row, way->name, rc);
		for (i = 0; i < MAX_SIZES && row->sizes[i]; i++)
			if (!only->size || only->size == row->sizes[i])
				row->run(row, way, row->sizes[i]);
		way->close();
	}
}

/* The memory of one row is free again before the next one's is made. */
static void fork_row(struct row *row, const struct only *only)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		run_row(row, only);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || WIFSIGNALED(status))
		report("failed", row->name, "process", "was killed", NULL);
}

/**
 * bench_map - Measure rows
 * @filter: ROW[/WAY[/BYTES]], a pattern for the names of rows, or NULL for all
 */
void bench_map(char *filter)
{
	const char *row = strsep(&filter, "/");
	struct only only = { .way = strsep(&filter, "/") };
	size_t i, found = 0;

	if (filter)
		only.size = strtoul(filter, NULL, 10);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (row && fnmatch(row, rows[i].name, 0))
			continue;
		fork_row(&rows[i], &only);
		found++;
	}
	if (!found)
		report("failed", row, "rows", "there is none", NULL);
}
