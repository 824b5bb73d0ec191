// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../init/init.h"
#include "clock.h"
#include "map_run.h"
#include "map_sample.h"
#include "map_threads.h"

#define ROUNDS		3

/* Type 1 goes by 4 KiB whatever the pages are: minutes beyond this. */
#define TYPE1_LIMIT	(16 * GIB)
/* So much only once. */
#define LONG		(4 * GIB)

void run_check(const struct row *row, const char *what, int rc)
{
	if (!rc)
		return;
	say("bench: %s: %s: %s", row->name, what, strerror(-rc));
	report("failed", row->name, what, strerror(-rc), NULL);
	_exit(1);
}

static bool is_iommufd(const struct way *way)
{
	return !strcmp(way->name, "iommufd");
}

static int map(const struct row *row, const struct way *way, size_t size)
{
	size_t at, call = row->call ? row->call : size;
	bool by_file = row->memory.file && is_iommufd(way);
	int rc = 0;

	for (at = 0; at < size && !rc; at += call) {
		if (by_file)
			rc = iommufd_map_file(&row->memory, at, call,
					      MAP_IOVA + at);
		else
			rc = way->map(&row->memory, at, call, MAP_IOVA + at);
	}
	return rc;
}

static int unmap(const struct row *row, const struct way *way, size_t size)
{
	size_t at, call = row->call ? row->call : size;
	int rc = 0;

	for (at = 0; at < size && !rc; at += call)
		rc = way->unmap(MAP_IOVA + at, call);
	return rc;
}

void run_map(const struct row *row, const struct way *way, size_t size)
{
	struct sample mapping, unmapping;
	int round, rounds = size > LONG ? 1 : ROUNDS;
	struct clock clock;

	if (size > TYPE1_LIMIT && !is_iommufd(way))
		return;
	sample_init(&mapping, row->name, "map", size, way->name);
	sample_init(&unmapping, row->name, "unmap", size, way->name);
	/* One to warm up. */
	for (round = rounds > 1 ? -1 : 0; round < rounds; round++) {
		clock_start(&clock);
		run_check(row, "map", map(row, way, size));
		if (round >= 0)
			sample_add(&mapping, clock_stop(&clock));
		clock_start(&clock);
		run_check(row, "unmap", unmap(row, way, size));
		if (round >= 0)
			sample_add(&unmapping, clock_stop(&clock));
	}
	sample_send(&mapping, size / row->unit);
	sample_send(&unmapping, size / row->unit);
}

/* Two operations that undo one another, over what is mapped. */
static void pair(const struct row *row, const struct way *way, size_t size,
		 size_t units, const char *does, int (*doing)(size_t size),
		 const char *undoes, int (*undoing)(size_t size))
{
	struct sample there, back;
	struct clock clock;
	int round;

	sample_init(&there, row->name, does, size, way->name);
	sample_init(&back, row->name, undoes, size, way->name);
	for (round = -1; round < ROUNDS; round++) {
		clock_start(&clock);
		run_check(row, does, doing(size));
		if (round >= 0)
			sample_add(&there, clock_stop(&clock));
		clock_start(&clock);
		run_check(row, undoes, undoing(size));
		if (round >= 0)
			sample_add(&back, clock_stop(&clock));
	}
	sample_send(&there, units);
	sample_send(&back, units);
}

static const struct way *the_way;

static int join(size_t size)
{
	(void)size;
	return the_way->join();
}

static int leave(size_t size)
{
	(void)size;
	return the_way->leave();
}

static int attach(size_t size)
{
	(void)size;
	return iommufd_attach();
}

static int detach(size_t size)
{
	(void)size;
	return iommufd_detach();
}

void run_attach(const struct row *row, const struct way *way, size_t size)
{
	run_check(row, "map", map(row, way, size));
	the_way = way;
	pair(row, way, size, 1, "attach second", join, "detach second", leave);
	if (is_iommufd(way)) {
		/* The other way round: the first attach is what pins. */
		run_check(row, "detach", iommufd_detach());
		pair(row, way, size, size / row->unit, "attach first", attach,
		     "detach last", detach);
		run_check(row, "attach", iommufd_attach());
	}
	run_check(row, "unmap", unmap(row, way, size));
}

void run_copy(const struct row *row, const struct way *way, size_t size)
{
	if (!is_iommufd(way))
		return;
	run_check(row, "map", map(row, way, size));
	run_check(row, "attach", iommufd_split());
	pair(row, way, size, size / row->unit, "copy", iommufd_copy,
	     "unmap copy", iommufd_uncopy);
	run_check(row, "detach", iommufd_unsplit());
	run_check(row, "unmap", unmap(row, way, size));
}

void run_threads(const struct row *row, const struct way *way, size_t size)
{
	struct sample mapping, unmapping;
	unsigned int count;
	char op[32];
	int round;

	for (count = 1; count <= MAX_THREADS; count++) {
		struct threads threads = {
			.way = way, .memory = &row->memory, .size = size,
			.call = row->call, .count = count,
		};

		snprintf(op, sizeof(op), "map, %u thread%s", count,
			 count > 1 ? "s" : "");
		sample_init(&mapping, row->name, op, size, way->name);
		snprintf(op, sizeof(op), "unmap, %u thread%s", count,
			 count > 1 ? "s" : "");
		sample_init(&unmapping, row->name, op, size, way->name);
		for (round = -1; round < ROUNDS; round++) {
			run_check(row, "threads", threads_run(&threads));
			if (round < 0)
				continue;
			sample_add(&mapping, threads.mapping);
			sample_add(&unmapping, threads.unmapping);
		}
		sample_send(&mapping, size / row->unit);
		sample_send(&unmapping, size / row->unit);
	}
}
