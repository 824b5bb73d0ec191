// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "random.h"

/* xorshift64: the same sequence in every run, or that of SEED=number. */
unsigned long long random_u64(void)
{
	static unsigned long long state;

	if (!state) {
		const char *seed = getenv("SEED");

		state = 0x9e3779b97f4a7c15;
		if (seed)
			state ^= strtoull(seed, NULL, 0) * 0xbf58476d1ce4e5b9;
		if (!state)
			state = 1;
	}
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

unsigned long random_below(unsigned long n)
{
	return random_u64() % n;
}
