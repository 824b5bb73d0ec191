// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "loop.h"

static void *run(void *arg)
{
	struct loop *loop = arg;

	while (!loop->stop && !loop->rc) {
		loop->rc = loop->step(loop->data);
		loop->rounds++;
	}
	return NULL;
}

/**
 * loop_start - Start the thread
 * @loop: initialized here
 * @step: what it does
 * @data: for @step
 *
 * Return: 0 or a negative errno.
 */
int loop_start(struct loop *loop, int (*step)(void *data), void *data)
{
	memset(loop, 0, sizeof(*loop));
	loop->step = step;
	loop->data = data;
	return -pthread_create(&loop->thread, NULL, run, loop);
}

/**
 * loop_stop - Wait for the round that is being done, and end the thread
 * @loop: from loop_start()
 *
 * Return: 0, or what ended it before.
 */
int loop_stop(struct loop *loop)
{
	loop->stop = true;
	pthread_join(loop->thread, NULL);
	return loop->rc;
}
