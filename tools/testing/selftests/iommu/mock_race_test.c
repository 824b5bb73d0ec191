// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races on the mock IOMMU, each named after the lock it attacks. Whatever the
 * threads do, they only ever see the errors of a call that came too early or
 * too late, and in the end nothing is left behind.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "access_fixture.h"

#define THREADS 4
/* So that all threads are at it at the same time, however slow they are */
#define SECONDS 3
#define EXITS 10

/**
 * struct racer - One thread
 * @fd: the context
 * @ioas: the address space that all of them work on
 * @other: another one
 * @user: a user in the kernel of @ioas or, by replace, @other
 * @file: a memfd of NPAGES pages
 * @page: bytes of a page
 * @memory: NPAGES pages
 * @seed: for rand_r()
 * @step: what the thread does, over and over. Returns 0, also when the call
 *	came too early or too late; else the errno that has no business here
 * @start: where the threads wait for one another
 * @wrong: such an errno
 * @thread: the thread
 */
struct racer {
	int fd;
	__u32 ioas;
	__u32 other;
	int user;
	int file;
	size_t page;
	char *memory;
	unsigned int seed;
	int (*step)(struct racer *racer);
	pthread_barrier_t *start;
	int wrong;
	pthread_t thread;
};

static unsigned int upto(struct racer *racer, unsigned int max)
{
	return rand_r(&racer->seed) % max;
}

/* Page @slot of the memory belongs at page @slot from IOVA */
static __u64 iova_of(struct racer *racer, unsigned int slot)
{
	return IOVA + slot * racer->page;
}

static int map_step(struct racer *racer)
{
	unsigned int slot = upto(racer, NPAGES);
	unsigned int n = 1 + upto(racer, NPAGES - slot);
	int rc = iommu_map_at(racer->fd, racer->ioas,
			      racer->memory + slot * racer->page,
			      n * racer->page, iova_of(racer, slot),
			      IOMMU_MAP_RW);

	return rc == -EEXIST ? 0 : rc;
}

static int unmap_step(struct racer *racer);

static int map_or_unmap_step(struct racer *racer)
{
	return upto(racer, 2) ? map_step(racer) : unmap_step(racer);
}

static int map_file_step(struct racer *racer)
{
	unsigned int slot = upto(racer, NPAGES);
	int rc = iommu_map_file_at(racer->fd, racer->ioas, racer->file,
				   slot * racer->page, racer->page,
				   iova_of(racer, slot), IOMMU_MAP_RW);

	return rc == -EEXIST ? 0 : rc;
}

static int unmap_step(struct racer *racer)
{
	unsigned int slot = upto(racer, NPAGES);
	unsigned int n = 1 + upto(racer, NPAGES - slot);
	int rc = iommu_unmap(racer->fd, racer->ioas, iova_of(racer, slot),
			     n * racer->page);

	return rc == -ENOENT || rc == -EBUSY ? 0 : rc;
}

static int unmap_all_step(struct racer *racer)
{
	int rc = iommu_unmap_all(racer->fd, racer->ioas);

	return rc == -EBUSY ? 0 : rc;
}

/* To the other space and away again */
static int copy_step(struct racer *racer)
{
	unsigned int slot = upto(racer, NPAGES);
	__u64 iova = 0;
	int rc = iommu_copy(racer->fd, racer->other, &iova, racer->ioas,
			    iova_of(racer, slot), racer->page, IOMMU_MAP_RW);

	if (rc)
		return rc == -ENOENT || rc == -EBUSY ? 0 : rc;
	return iommu_unmap(racer->fd, racer->other, iova, racer->page);
}

static int attach_step(struct racer *racer)
{
	struct mock_device dev;
	int rc = mock_attach(racer->fd, racer->ioas, &dev);

	return rc ? rc : iommu_destroy(racer->fd, dev.stdev);
}

/* The same where others destroy whatever they find */
static int attach_if_left_step(struct racer *racer)
{
	struct mock_device dev;
	int rc = mock_attach(racer->fd, racer->ioas, &dev);

	if (!rc)
		rc = iommu_destroy(racer->fd, dev.stdev);
	return rc == -ENOENT || rc == -EBUSY ? 0 : rc;
}

static int replace_device_step(struct racer *racer)
{
	struct mock_device dev;
	__u32 hwpt;
	int rc = mock_attach(racer->fd, racer->ioas, &dev);

	if (rc)
		return rc;
	rc = mock_replace(racer->fd, dev.stdev, racer->other, &hwpt);
	if (!rc)
		rc = mock_replace(racer->fd, dev.stdev, racer->ioas, &hwpt);
	return iommu_destroy(racer->fd, dev.stdev) ?: rc;
}

static int pin_step(struct racer *racer)
{
	unsigned int slot = upto(racer, NPAGES);
	unsigned int n = 1 + upto(racer, NPAGES - slot);
	__u32 id;
	int rc = access_pin(racer->fd, racer->user, iova_of(racer, slot),
			    n * racer->page,
			    racer->memory + slot * racer->page, WRITE, &id);

	if (!rc)
		rc = access_unpin(racer->fd, racer->user, id);
	/* Not there, no longer there, being unmapped, user being moved */
	return rc == -ENOENT || rc == -EINVAL || rc == -EBUSY ? 0 : rc;
}

/* Leave it to the others to make the user let go */
static int pin_only_step(struct racer *racer)
{
	unsigned int slot = upto(racer, NPAGES);
	__u32 id;
	int rc = access_pin(racer->fd, racer->user, iova_of(racer, slot),
			    racer->page, racer->memory + slot * racer->page,
			    WRITE, &id);

	return rc == -ENOENT || rc == -EINVAL || rc == -EBUSY ? 0 : rc;
}

static int rw_step(struct racer *racer)
{
	__u32 flags = upto(racer, 2) ? MOCK_ACCESS_RW_WRITE : 0;
	char buffer[100] = {};
	int rc;

	if (upto(racer, 2))
		flags |= MOCK_ACCESS_RW_SLOW_PATH;
	rc = access_rw(racer->fd, racer->user,
		       IOVA + upto(racer, (NPAGES - 1) * racer->page), buffer,
		       sizeof(buffer), flags);
	return rc == -ENOENT || rc == -EINVAL || rc == -EBUSY ? 0 : rc;
}

static int open_user_step(struct racer *racer)
{
	struct racer own = *racer;
	int rc;

	own.user = access_open(racer->fd, racer->ioas, PINS);
	if (own.user < 0)
		return own.user;
	rc = pin_only_step(&own);
	close(own.user);
	racer->seed = own.seed;
	return rc;
}

static int replace_user_step(struct racer *racer)
{
	return access_replace(racer->fd, racer->user,
			      upto(racer, 2) ? racer->ioas : racer->other);
}

static int destroy_step(struct racer *racer)
{
	__u32 id;
	int rc = iommu_ioas_alloc(racer->fd, &id);

	if (rc)
		return rc;
	/* Another thread may have taken it for its own. */
	rc = iommu_destroy(racer->fd, id - upto(racer, 4));
	if (rc && rc != -ENOENT && rc != -EBUSY)
		return rc;
	rc = iommu_destroy(racer->fd, id);
	return rc == -ENOENT || rc == -EBUSY ? 0 : rc;
}

static int change_process_step(struct racer *racer)
{
	int rc = iommu_change_process(racer->fd);

	return rc == -EBUSY ? 0 : rc;
}

static void *run(void *arg)
{
	struct racer *racer = arg;
	time_t end;

	pthread_barrier_wait(racer->start);
	end = time(NULL) + SECONDS;
	do {
		racer->wrong = racer->step(racer);
	} while (!racer->wrong && time(NULL) < end);
	return NULL;
}

/* Each thread does one of these */
static int race(struct _test_data_access *self, struct racer *racers,
		int (*const steps[THREADS])(struct racer *racer))
{
	pthread_barrier_t start;
	int i, wrong = 0;

	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){
			.fd = self->fd,
			.ioas = self->ioas,
			.user = self->user,
			.page = self->page,
			.memory = self->memory,
			.seed = i + 1,
			.step = steps[i],
			.start = &start,
		};
		racers[i].file = mem_file(NPAGES * self->page);
		if (racers[i].file < 0 ||
		    iommu_ioas_alloc(self->fd, &racers[i].other))
			return -EIO;
	}
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&racers[i].thread, NULL, run, &racers[i]))
			abort();
	for (i = 0; i < THREADS; i++) {
		pthread_join(racers[i].thread, NULL);
		close(racers[i].file);
		if (!wrong)
			wrong = racers[i].wrong;
	}
	return wrong;
}

/* Nothing is left, and everything still works */
static int check_end(struct _test_data_access *self)
{
	struct mock_device dev;
	int rc;

	rc = access_replace(self->fd, self->user, self->ioas);
	if (!rc)
		rc = iommu_unmap_all(self->fd, self->ioas);
	if (!rc)
		rc = check_refs(self, 0, NPAGES, 0);
	if (!rc)
		rc = mock_attach(self->fd, self->ioas, &dev);
	if (!rc)
		rc = iommu_map_at(self->fd, self->ioas, self->memory,
				  self->length, IOVA, IOMMU_MAP_RW);
	if (!rc)
		rc = mock_check_ends(self->fd, dev.hwpt, IOVA, self->memory,
				     self->length);
	return rc ? rc : check_refs(self, 0, NPAGES, 1);
}

#define RACE(...) \
	({ \
		static int (*const steps[THREADS])(struct racer *) = \
			{ __VA_ARGS__ }; \
		struct racer racers[THREADS]; \
		race(self, racers, steps); \
	})

TEST_F(access, iova_rwsem)
{
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_OK(RACE(map_step, unmap_step, copy_step, rw_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, domains_rwsem)
{
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_OK(RACE(attach_step, attach_step, map_step, unmap_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, ioas_mutex)
{
	EXPECT_OK(RACE(attach_step, replace_device_step, replace_device_step,
		       copy_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, users_rwsem)
{
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_OK(RACE(open_user_step, open_user_step, map_step, unmap_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, users_that_never_let_go_by_themselves)
{
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_OK(RACE(pin_only_step, pin_only_step, map_step,
		       unmap_all_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, use_of_an_access)
{
	EXPECT_OK(RACE(replace_user_step, pin_step, rw_step,
		       map_or_unmap_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, pages_mutex)
{
	EXPECT_OK(RACE(pin_step, pin_step, attach_step, copy_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, objects_xa_lock)
{
	EXPECT_OK(RACE(destroy_step, destroy_step, attach_if_left_step,
		       open_user_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, payer_mutex)
{
	/* Of files only */
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_OK(RACE(change_process_step, change_process_step, map_file_step,
		       unmap_step));
	EXPECT_OK(check_end(self));
}

TEST_F(access, payer_mutex_with_a_domain)
{
	struct mock_device dev;

	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_OK(RACE(change_process_step, map_file_step, map_file_step,
		       unmap_step));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_OK(check_end(self));
}

static void *run_forever(void *arg)
{
	struct racer *racer = arg;

	for (;;)
		racer->step(racer);
	return NULL;
}

/* A process with threads in the middle of everything, which ends */
static void exit_while_running(struct _test_data_access *self, int milliseconds)
{
	static int (*const steps[])(struct racer *) = {
		map_step, unmap_step, attach_step, pin_only_step,
	};
	struct racer racers[ARRAY_SIZE(steps)];
	pthread_t thread;
	int fd = iommu_open();
	__u32 ioas;
	int user;

	if (fd < 0 || iommu_ioas_alloc(fd, &ioas))
		_exit(1);
	user = access_open(fd, ioas, PINS);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		racers[i] = (struct racer){
			.fd = fd,
			.ioas = ioas,
			.user = user,
			.page = self->page,
			.memory = self->memory,
			.seed = i + milliseconds,
			.step = steps[i],
		};
		if (pthread_create(&thread, NULL, run_forever, &racers[i]))
			_exit(1);
	}
	usleep(milliseconds * 1000);
	_exit(0);
}

TEST_F(access, exit_of_the_process)
{
	int devices = mock_count_devices();
	int status;

	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	for (int i = 1; i <= EXITS; i++) {
		pid_t pid = fork();

		ASSERT_LE(0, pid);
		if (!pid)
			exit_while_running(self, 5 * i);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_EQ(0, status);
		ASSERT_OK(check_refs(self, 0, NPAGES, 0));
	}
	EXPECT_EQ(devices, mock_count_devices());
	EXPECT_OK(check_end(self));
}

TEST_HARNESS_MAIN
