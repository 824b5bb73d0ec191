/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several rounds of one operation took.
 */
#ifndef QEMU_BENCH_MAP_SAMPLE_H
#define QEMU_BENCH_MAP_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct sample {
	const char *row, *way;
	char operation[32];
	size_t size;
	char totals[128];
};

void sample_init(struct sample *sample, const char *row, const char *operation,
		 size_t size, const char *way);
void sample_add(struct sample *sample, uint64_t total);
void sample_send(const struct sample *sample, size_t units);

#endif
