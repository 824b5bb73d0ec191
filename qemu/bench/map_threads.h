/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several threads that map parts of one address space of their own.
 */
#ifndef QEMU_BENCH_MAP_THREADS_H
#define QEMU_BENCH_MAP_THREADS_H

#include "map.h"

#define MAX_THREADS	4

/**
 * struct threads - What they do, and what it took
 * @way: by which
 * @memory: what they map
 * @size: bytes, of all together
 * @call: bytes of each call
 * @count: how many threads
 * @mapping: instructions of all together
 * @unmapping: the same
 */
struct threads {
	const struct way *way;
	const struct memory *memory;
	size_t size, call;
	unsigned int count;
	uint64_t mapping, unmapping;
};

int threads_run(struct threads *threads);

#endif
