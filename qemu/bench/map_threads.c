// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <time.h>

#include "clock.h"
#include "map_threads.h"

/*
 * On one processor a thread would be done before another has its turn, and
 * locks never be waited for. Something more urgent therefore interrupts, so
 * often that it may be in any call; the scheduler goes on with another thread.
 */
#define STIR_NS		50000

struct worker {
	const struct threads *threads;
	pthread_t thread;
	size_t start, end;
	int rc;
};

/* They meet before each part, so that none is done before another starts. */
static pthread_barrier_t barrier;

static volatile bool stirring;

static void *stir(void *arg)
{
	struct timespec pause = { .tv_nsec = STIR_NS };

	while (stirring)
		nanosleep(&pause, NULL);
	return arg;
}

static int start_stirring(pthread_t *stirrer)
{
	struct sched_param param = { .sched_priority = 1 };
	int rc;

	stirring = true;
	rc = pthread_create(stirrer, NULL, stir, NULL);
	if (!rc)
		rc = pthread_setschedparam(*stirrer, SCHED_FIFO, &param);
	return -rc;
}

static void stop_stirring(pthread_t stirrer)
{
	stirring = false;
	pthread_join(stirrer, NULL);
}

/* What the process used, without that. */
static uint64_t used(pthread_t stirrer)
{
	struct timespec ts = { 0 };
	clockid_t id;

	if (!pthread_getcpuclockid(stirrer, &id))
		clock_gettime(id, &ts);
	return clock_cpu() - ts.tv_sec * 1000000000ULL - ts.tv_nsec;
}

/* One part of the work: all threads from one meeting to the next. */
static uint64_t watch(pthread_t stirrer)
{
	uint64_t start = used(stirrer);

	clock_mark_start();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	clock_mark_stop();
	return used(stirrer) - start;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	const struct threads *threads = worker->threads;
	size_t at;
	int rc = 0;

	pthread_barrier_wait(&barrier);
	for (at = worker->start; at < worker->end && !rc; at += threads->call)
		rc = threads->way->map(threads->memory, at, threads->call,
				       MAP_IOVA + at);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (at = worker->start; at < worker->end && !rc; at += threads->call)
		rc = threads->way->unmap(MAP_IOVA + at, threads->call);
	pthread_barrier_wait(&barrier);
	worker->rc = rc;
	return NULL;
}

/**
 * threads_run - Map and unmap all of the memory once
 * @threads: what; the results are filled
 *
 * Return: 0 or a negative errno.
 */
int threads_run(struct threads *threads)
{
	struct worker workers[MAX_THREADS];
	size_t share = threads->size / threads->call / threads->count;
	pthread_t stirrer;
	unsigned int i;
	int rc = start_stirring(&stirrer);

	if (rc)
		return rc;
	pthread_barrier_init(&barrier, NULL, threads->count + 1);
	for (i = 0; i < threads->count; i++) {
		workers[i].threads = threads;
		workers[i].start = i * share * threads->call;
		workers[i].end = i + 1 == threads->count ? threads->size :
				 workers[i].start + share * threads->call;
		rc = pthread_create(&workers[i].thread, NULL, work,
				    &workers[i]);
		if (rc)
			return -rc;
	}
	threads->mapping = watch(stirrer);
	threads->unmapping = watch(stirrer);
	for (i = 0; i < threads->count; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].rc)
			rc = workers[i].rc;
	}
	pthread_barrier_destroy(&barrier);
	stop_stirring(stirrer);
	return rc;
}
