// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "../init/init.h"
#include "map_sample.h"

void sample_init(struct sample *sample, const char *row, const char *operation,
		 size_t size, const char *way)
{
	sample->row = row;
	sample->way = way;
	sample->size = size;
	snprintf(sample->operation, sizeof(sample->operation), "%s", operation);
	sample->totals[0] = '\0';
}

void sample_add(struct sample *sample, uint64_t total)
{
	size_t used = strlen(sample->totals);

	snprintf(sample->totals + used, sizeof(sample->totals) - used,
		 "%s%llu", used ? " " : "", (unsigned long long)total);
}

void sample_send(const struct sample *sample, size_t units)
{
	report("map", sample->row, sample->operation, num(sample->size),
	       sample->way, num(units), sample->totals, NULL);
}
