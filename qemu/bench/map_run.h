/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is done with memory, and counted.
 */
#ifndef QEMU_BENCH_MAP_RUN_H
#define QEMU_BENCH_MAP_RUN_H

#include "map.h"

#define MAX_SIZES	6

/**
 * struct row - A line of the results, or several
 * @name: as in the results
 * @memory: what is mapped
 * @unit: bytes of what one unit of the results is
 * @call: bytes of each call, 0 for all in one
 * @run: measures one size in one way
 * @sizes: bytes that are mapped
 */
struct row {
	const char *name;
	struct memory memory;
	size_t unit;
	size_t call;
	void (*run)(const struct row *row, const struct way *way, size_t size);
	size_t sizes[MAX_SIZES];
};

void run_map(const struct row *row, const struct way *way, size_t size);
void run_attach(const struct row *row, const struct way *way, size_t size);
void run_copy(const struct row *row, const struct way *way, size_t size);
void run_threads(const struct row *row, const struct way *way, size_t size);

/* Ends the process with a record unless rc is 0. */
void run_check(const struct row *row, const char *what, int rc);

#endif
