// SPDX-License-Identifier: GPL-2.0-only
#include "random.h"

/* xorshift64: the same sequence in every run. */
unsigned long long random_u64(void)
{
	static unsigned long long state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

unsigned long random_below(unsigned long n)
{
	return random_u64() % n;
}
