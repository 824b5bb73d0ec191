// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that is killed in the middle of a long call ends there: what it had
 * asked for is not there afterwards, and nothing of it is pinned.
 *
 * The context outlives the process, so that one can look. No test measures
 * time: a call that went on to its end would have left what was asked for.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "mock_fixture.h"

#include "lib/fdinfo.h"

/* The same memory over and over: a long call that needs little memory */
#define PIECE (8UL << 20)
#define PIECES 32
#define LENGTH (PIECES * PIECE)
/* On a busy host a call can be over before it is seen to have begun */
#define TRIES 5

FIXTURE(kill)
{
	int fd;
	__u32 ioas;
	__u32 other;
	char *memory;
};

FIXTURE_SETUP(kill)
{
	int file = mem_file(PIECE);
	size_t at;

	if (mock_reset())
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_LE(0, file);
	/* Only addresses: there is not that much memory */
	self->memory = mmap(NULL, LENGTH, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->memory);
	for (at = 0; at < LENGTH; at += PIECE)
		ASSERT_NE(MAP_FAILED,
			  mmap(self->memory + at, PIECE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_FIXED, file, 0));
	close(file);
	self->fd = -1;
}

FIXTURE_TEARDOWN(kill)
{
	close(self->fd);
	mem_free(self->memory, LENGTH);
}

/* Begin with nothing but two address spaces */
static int start_over(struct _test_data_kill *self)
{
	int rc;

	if (self->fd >= 0)
		close(self->fd);
	self->fd = iommu_open();
	if (self->fd < 0)
		return self->fd;
	rc = iommu_ioas_alloc(self->fd, &self->ioas);
	return rc ? rc : iommu_ioas_alloc(self->fd, &self->other);
}

/* One mapping for each piece */
static int map_pieces(struct _test_data_kill *self)
{
	size_t at;
	int rc = 0;

	for (at = 0; at < LENGTH && !rc; at += PIECE)
		rc = iommu_map_at(self->fd, self->ioas, self->memory + at,
				  PIECE, IOVA + at, IOMMU_MAP_RW);
	return rc;
}

static int map(struct _test_data_kill *self)
{
	return iommu_map_at(self->fd, self->ioas, self->memory, LENGTH, IOVA,
			    IOMMU_MAP_RW);
}

static int copy(struct _test_data_kill *self)
{
	return iommu_copy_at(self->fd, self->other, IOVA, self->ioas, IOVA,
			     LENGTH, IOMMU_MAP_RW);
}

static int attach(struct _test_data_kill *self)
{
	struct mock_device dev;

	return mock_attach(self->fd, self->ioas, &dev);
}

static int map_pieces_and_attach_other(struct _test_data_kill *self)
{
	struct mock_device dev;
	int rc = map_pieces(self);

	return rc ? rc : mock_attach(self->fd, self->other, &dev);
}

/*
 * Let a process make a call and kill it as soon as a number of the context
 * grows. Return 0; -EAGAIN when the process was faster; or what the call said.
 */
static int kill_in(struct _test_data_kill *self,
		   int (*call)(struct _test_data_kill *self), const char *key)
{
	long long before = fdinfo_value(self->fd, key);
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-call(self));
	while (fdinfo_value(self->fd, key) <= before)
		if (waitpid(pid, &status, WNOHANG) == pid)
			return -WEXITSTATUS(status) ?: -EAGAIN;
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFSIGNALED(status) ? 0 : -WEXITSTATUS(status) ?: -EAGAIN;
}

/**
 * struct interruption - A call that is killed
 * @prepare: what is done before
 * @call: the call
 * @key: what grows in its course, of the numbers in fdinfo
 * @areas: how many there are before, and afterwards
 */
struct interruption {
	int (*prepare)(struct _test_data_kill *self);
	int (*call)(struct _test_data_kill *self);
	const char *key;
	long long areas;
};

/* All is as before, and nothing is pinned or paid for: -EAGAIN if it was done */
static int check_undone(struct _test_data_kill *self, long long areas,
			int devices)
{
	int rc;

	if (fdinfo_value(self->fd, "areas") != areas ||
	    mock_count_devices() != devices)
		return -EAGAIN;
	if (fdinfo_value(self->fd, "pinned") ||
	    fdinfo_value(self->fd, "charged"))
		return -EIO;
	rc = mock_check_refs(self->fd, self->memory, PIECE, 0);
	/* The memory and the IOVAs can be had */
	if (!rc)
		rc = iommu_unmap_all(self->fd, self->ioas);
	return rc ? rc : iommu_map_at(self->fd, self->ioas, self->memory,
				      PIECE, IOVA, IOMMU_MAP_RW);
}

static int interrupt(struct _test_data_kill *self,
		     const struct interruption *how)
{
	int try, devices, rc = -EAGAIN;

	for (try = 0; rc == -EAGAIN && try < TRIES; try++) {
		rc = start_over(self);
		if (!rc)
			rc = how->prepare(self);
		if (rc)
			return rc;
		devices = mock_count_devices();
		rc = kill_in(self, how->call, how->key);
		if (!rc)
			rc = check_undone(self, how->areas, devices);
	}
	return rc;
}

TEST_F(kill, map_ends_while_it_pins)
{
	/* Its area is there first, and gets its pages only then */
	EXPECT_OK(interrupt(self, &(struct interruption){
			.prepare = attach, .call = map, .key = "areas" }));
}

TEST_F(kill, map_ends_while_it_fills_the_page_table)
{
	EXPECT_OK(interrupt(self, &(struct interruption){
			.prepare = attach, .call = map, .key = "pinned" }));
}

TEST_F(kill, copy_of_many_mappings_ends)
{
	EXPECT_OK(interrupt(self, &(struct interruption){
			.prepare = map_pieces_and_attach_other, .call = copy,
			.key = "pinned", .areas = PIECES }));
}

TEST_F(kill, attach_to_a_space_with_many_mappings_ends)
{
	EXPECT_OK(interrupt(self, &(struct interruption){
			.prepare = map_pieces, .call = attach,
			.key = "pinned", .areas = PIECES }));
	EXPECT_OK(iommu_destroy(self->fd, self->ioas));
}

TEST_HARNESS_MAIN
