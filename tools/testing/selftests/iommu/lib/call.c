// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stddef.h>

#include "call.h"

static void *run(void *arg)
{
	struct call *call = arg;

	call->rc = call->function(call->data);
	call->done = true;
	return NULL;
}

/**
 * call_start - Start the thread
 * @call: initialized here
 * @function: what is called
 * @data: for @function
 *
 * Return: 0 or a negative errno.
 */
int call_start(struct call *call, int (*function)(void *data), void *data)
{
	call->function = function;
	call->data = data;
	call->done = false;
	return -pthread_create(&call->thread, NULL, run, call);
}

/**
 * call_end - Wait until the call has returned
 * @call: from call_start()
 *
 * Return: what it returned.
 */
int call_end(struct call *call)
{
	pthread_join(call->thread, NULL);
	return call->rc;
}
