// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users in the kernel read and write.
 */
#include "access_fixture.h"

#include <sys/wait.h>

#define FAST 0
#define SLOW MOCK_ACCESS_RW_SLOW_PATH
#define RW_WRITE MOCK_ACCESS_RW_WRITE

static const __u32 paths[] = { FAST, SLOW };

static int rw(struct _test_data_access *self, size_t at, void *buffer,
	      size_t length, __u32 flags)
{
	return access_rw(self->fd, self->user, IOVA + at, buffer, length,
			 flags);
}

TEST_F(access, every_alignment_is_read)
{
	size_t page = self->page;
	const size_t at[] = { 0, 1, page / 2, page - 1, page, page + 1 };
	const size_t lengths[] = { 1, 2, 7, page - 1, page, page + 1,
				   3 * page, 3 * page + 5 };
	char buffer[4 * 65536];

	ASSERT_GE(sizeof(buffer), 4 * page);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
			for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
				memset(buffer, 0xee, sizeof(buffer));
				ASSERT_OK(rw(self, at[i], buffer, lengths[j],
					     paths[p]));
				ASSERT_EQ(0, memcmp(buffer,
						    self->memory + at[i],
						    lengths[j]));
				ASSERT_EQ((char)0xee, buffer[lengths[j]]);
			}
		}
	}
}

TEST_F(access, what_is_written_is_there_and_nothing_else_is)
{
	size_t at = self->page - 3;
	char buffer[8], before[16];

	for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
		memcpy(before, self->memory + at - 4, sizeof(before));
		memset(buffer, 'a' + p, sizeof(buffer));
		ASSERT_OK(rw(self, at, buffer, sizeof(buffer),
			     paths[p] | RW_WRITE));
		EXPECT_EQ(0, memcmp(self->memory + at, buffer,
				    sizeof(buffer)));
		EXPECT_EQ(0, memcmp(self->memory + at - 4, before, 4));
		EXPECT_EQ(0, memcmp(self->memory + at + 8, before + 12, 4));
	}
}

TEST_F(access, range_may_span_mappings)
{
	char buffer[64];

	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       IOVA + self->length, IOMMU_MAP_RW));
	for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
		memset(buffer, 0, sizeof(buffer));
		ASSERT_OK(rw(self, self->length - 32, buffer, 64, paths[p]));
		EXPECT_EQ(0, memcmp(buffer, self->memory + self->length - 32,
				    32));
		EXPECT_EQ(0, memcmp(buffer + 32, self->memory, 32));
	}
}

TEST_F(access, range_with_a_hole_is_ENOENT)
{
	char buffer[64];

	for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
		EXPECT_ERR(ENOENT, rw(self, self->length - 32, buffer, 64,
				      paths[p]));
		EXPECT_ERR(ENOENT, rw(self, -1, buffer, 1, paths[p]));
		EXPECT_ERR(ENOENT, rw(self, self->length, buffer, 1,
				      paths[p]));
	}
}

TEST_F(access, mapping_for_one_direction_is_EPERM_for_the_other)
{
	char byte = 0;

	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER + self->page, IOMMU_IOAS_MAP_WRITEABLE));
	for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
		EXPECT_ERR(EPERM, access_rw(self->fd, self->user, OTHER, &byte,
					    1, paths[p] | RW_WRITE));
		EXPECT_OK(access_rw(self->fd, self->user, OTHER, &byte, 1,
				    paths[p]));
		EXPECT_ERR(EPERM, access_rw(self->fd, self->user,
					    OTHER + self->page, &byte, 1,
					    paths[p]));
		EXPECT_OK(access_rw(self->fd, self->user, OTHER + self->page,
				    &byte, 1, paths[p] | RW_WRITE));
	}
}

TEST_F(access, range_that_makes_no_sense_is_refused)
{
	char byte;

	EXPECT_ERR(EINVAL, rw(self, 0, &byte, 0, FAST));
	EXPECT_ERR(EOVERFLOW, access_rw(self->fd, self->user, ~0ULL, &byte, 2,
					FAST));
	EXPECT_ERR(EOPNOTSUPP, rw(self, 0, &byte, 1, 2));
}

TEST_F(access, memory_that_is_gone_is_EFAULT)
{
	char *gone = mem_alloc(self->page);
	char byte;

	ASSERT_NE(NULL, gone);
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, gone, self->page, OTHER,
			       IOMMU_MAP_RW));
	mem_free(gone, self->page);
	for (size_t p = 0; p < ARRAY_SIZE(paths); p++)
		EXPECT_ERR(EFAULT, access_rw(self->fd, self->user, OTHER,
					     &byte, 1, paths[p]));
}

TEST_F(access, user_sees_what_devices_see)
{
	char *own = mem_alloc_aligned(self->page, self->page);
	struct mock_device dev;
	char byte = 'x';

	ASSERT_NE(NULL, own);
	own[0] = 'a';
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, own, self->page, OTHER,
			       IOMMU_MAP_RW));
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	/* Another page at the same address: devices keep the first */
	ASSERT_EQ(own, mmap(own, self->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	own[0] = 'b';
	for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
		ASSERT_OK(access_rw(self->fd, self->user, OTHER, &byte, 1,
				    paths[p]));
		EXPECT_EQ('a', byte);
	}
	ASSERT_OK(access_rw(self->fd, self->user, OTHER, "c", 1, RW_WRITE));
	EXPECT_EQ('b', own[0]);
	mem_free(own, self->page);
}

TEST_F(access, another_process_reads_the_memory_of_the_one_that_mapped)
{
	char *own = mem_alloc_aligned(self->page, self->page), byte = 0;
	int status;
	pid_t pid;

	ASSERT_NE(NULL, own);
	own[5] = 'a';
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, own, self->page, OTHER,
			       IOMMU_MAP_RW));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* A page of its own from here on */
		own[5] = 'b';
		if (access_rw(self->fd, self->user, OTHER + 5, &byte, 1, FAST))
			_exit(1);
		if (byte != 'a')
			_exit(2);
		byte = 'c';
		_exit(access_rw(self->fd, self->user, OTHER + 5, &byte, 1,
				RW_WRITE) ? 3 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ('c', own[5]);
	mem_free(own, self->page);
}

TEST_F(access, file_is_read_and_written)
{
	int file = memfd_create("access_rw_test", MFD_CLOEXEC);
	char buffer[64];

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, 2 * self->page));
	ASSERT_OK(iommu_map_file_at(self->fd, self->ioas, file, 0,
				    2 * self->page, OTHER, IOMMU_MAP_RW));
	ASSERT_EQ(32, pwrite(file, self->memory, 32, self->page - 16));
	for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
		ASSERT_OK(access_rw(self->fd, self->user,
				    OTHER + self->page - 16, buffer, 32,
				    paths[p]));
		EXPECT_EQ(0, memcmp(buffer, self->memory, 32));
	}
	ASSERT_OK(access_rw(self->fd, self->user, OTHER + 100,
			    self->memory + 32, 32, RW_WRITE));
	ASSERT_EQ(32, pread(file, buffer, 32, 100));
	EXPECT_EQ(0, memcmp(buffer, self->memory + 32, 32));
	close(file);
}

TEST_F(access, nobody_is_charged_for_a_copy)
{
	char byte;

	ASSERT_OK(limit_pages(0));
	ASSERT_OK(iommu_map_at(self->fd, self->ioas, self->memory, self->page,
			       OTHER, IOMMU_MAP_RW));
	EXPECT_OK(access_rw(self->fd, self->user, OTHER, &byte, 1, SLOW));
	EXPECT_EQ(0, mem_pinned_pages());
}

TEST_F(access, user_that_does_not_pin_reads_and_writes)
{
	int user = access_open(self->fd, self->ioas, 0);
	char byte = 'y';

	ASSERT_LE(0, user);
	ASSERT_OK(access_rw(self->fd, user, IOVA + 9, &byte, 1, RW_WRITE));
	EXPECT_EQ('y', self->memory[9]);
	ASSERT_OK(iommu_unmap_all(self->fd, self->ioas));
	EXPECT_ERR(ENOENT, access_rw(self->fd, user, IOVA + 9, &byte, 1,
				     FAST));
	close(user);
}

TEST_HARNESS_MAIN
