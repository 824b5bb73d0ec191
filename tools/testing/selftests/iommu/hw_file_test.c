// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files as memory that a real device reads and writes, and who pays for it.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hw_dma_fixture.h"
#include "lib/hugepage.h"

#define FILE_PAGES 4
/* Beyond this the tests run into the limit that they set themselves */
#define LIMIT_PAGES 8

static int map_file(struct _test_data_dma *self, int file, __u64 start,
		    __u64 length, __u64 iova, __u32 prot)
{
	return iommu_map_file_at(self->hw.iommufd, self->hw.ioas_id, file,
				 start, length, iova, prot);
}

static int map_whole(struct _test_data_dma *self, int file)
{
	return map_file(self, file, 0, FILE_PAGES * self->page, IOVA,
			IOMMU_MAP_RW);
}

/* Does the file have this there? */
static bool file_has(int file, __u64 at, const void *bytes)
{
	char buffer[EDU_BUFFER_SIZE];

	return pread(file, buffer, sizeof(buffer), at) == sizeof(buffer) &&
	       same(buffer, bytes);
}

/* The device copies from one page of the file to another */
static int copy_page(struct _test_data_dma *self, unsigned int from,
		     unsigned int to)
{
	int rc = load(self, IOVA + from * self->page);

	return rc ? rc : store(self, IOVA + to * self->page);
}

TEST_F(dma, device_reads_and_writes_a_file)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE, 0));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(attach(self));
	ASSERT_OK(copy_page(self, 0, 3));
	EXPECT_TRUE(file_has(file, 3 * self->page, self->src));
	EXPECT_TRUE(file_has(file, 0, self->src));
	close(file);
}

TEST_F(dma, file_can_be_mapped_while_attached)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(attach(self));
	ASSERT_OK(map_whole(self, file));
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE,
					  self->page));
	ASSERT_OK(copy_page(self, 1, 2));
	EXPECT_TRUE(file_has(file, 2 * self->page, self->src));
	close(file);
}

TEST_F(dma, part_of_a_file_is_where_it_was_asked_for)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE,
					  2 * self->page));
	ASSERT_OK(attach(self));
	ASSERT_OK(map_file(self, file, 2 * self->page, 2 * self->page, IOVA,
			   IOMMU_MAP_RW));
	ASSERT_OK(copy_page(self, 0, 1));
	EXPECT_TRUE(file_has(file, 3 * self->page, self->src));
	close(file);
}

TEST_F(dma, holes_of_a_file_are_filled_with_zeroes)
{
	int file = mem_file(FILE_PAGES * self->page);
	struct stat st;

	ASSERT_LE(0, file);
	ASSERT_OK(attach(self));
	ASSERT_OK(map_whole(self, file));
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE,
					  self->page));
	ASSERT_OK(copy_page(self, 0, 1));
	memset(self->dst, 0, EDU_BUFFER_SIZE);
	EXPECT_TRUE(file_has(file, self->page, self->dst));
	ASSERT_EQ(0, fstat(file, &st));
	EXPECT_EQ(FILE_PAGES * self->page, st.st_size);
	close(file);
}

TEST_F(dma, map_beyond_the_end_of_a_file_is_EINVAL)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EINVAL, map_file(self, file, 0,
				    (FILE_PAGES + 1) * self->page, IOVA,
				    IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, map_file(self, file, FILE_PAGES * self->page,
				    self->page, IOVA, IOMMU_MAP_RW));
	EXPECT_EQ(0, mem_pinned_pages());
	EXPECT_OK(map_whole(self, file));
	close(file);
}

TEST_F(dma, attach_with_less_file_than_was_mapped_is_EINVAL)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(map_whole(self, file));
	ASSERT_EQ(0, ftruncate(file, self->page));
	EXPECT_ERR(EINVAL, attach(self));
	ASSERT_EQ(0, ftruncate(file, FILE_PAGES * self->page));
	EXPECT_OK(attach(self));
	close(file);
}

TEST_F(dma, device_keeps_the_memory_that_is_cut_off_a_file)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE, 0));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(attach(self));
	ASSERT_EQ(0, ftruncate(file, 0));
	ASSERT_EQ(0, ftruncate(file, FILE_PAGES * self->page));
	/* From memory that was in the file to memory that was in it */
	ASSERT_OK(copy_page(self, 0, 1));
	memset(self->dst, 0, EDU_BUFFER_SIZE);
	EXPECT_TRUE(file_has(file, self->page, self->dst));
	ASSERT_OK(map(self, self->other, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA + self->page));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->other, self->src));
	close(file);
}

TEST_F(dma, device_keeps_the_memory_of_a_hole_that_is_punched)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE, 0));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(attach(self));
	ASSERT_EQ(0, fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       0, self->page));
	ASSERT_OK(copy_page(self, 0, 2));
	EXPECT_TRUE(file_has(file, 2 * self->page, self->src));
	memset(self->dst, 0, EDU_BUFFER_SIZE);
	EXPECT_TRUE(file_has(file, 0, self->dst));
	close(file);
}

TEST_F(dma, file_that_nobody_has_open_still_is_memory)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_EQ(EDU_BUFFER_SIZE, pwrite(file, self->src, EDU_BUFFER_SIZE, 0));
	ASSERT_OK(map_whole(self, file));
	close(file);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->dst, self->src));
}

TEST_F(dma, device_cannot_write_to_a_file_that_is_mapped_for_reading)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(map_file(self, file, 0, self->page, IOVA,
			   IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(map(self, self->src, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(load(self, FAR_AWAY));
	store(self, IOVA);
	memset(self->dst, 0, EDU_BUFFER_SIZE);
	EXPECT_TRUE(file_has(file, 0, self->dst));
	close(file);
}

TEST_F(dma, device_reads_and_writes_huge_pages_of_a_file)
{
	int file = memfd_create("hw_file_test", MFD_CLOEXEC | MFD_HUGETLB);
	long before = hugepage_count(MEM_2M);
	char *seen;

	ASSERT_LE(0, file);
	ASSERT_LE(0, before);
	ASSERT_OK(hugepage_set_count(MEM_2M, before + 2));
	ASSERT_EQ(0, ftruncate(file, 2 * MEM_2M));
	ASSERT_OK(map_file(self, file, MEM_2M - self->page, 2 * self->page,
			   IOVA, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	seen = mmap(NULL, 2 * MEM_2M, PROT_READ | PROT_WRITE, MAP_SHARED, file,
		    0);
	ASSERT_TRUE(seen != MAP_FAILED);
	/* From the end of the first huge page to the start of the second */
	mem_fill(seen + MEM_2M - self->page, EDU_BUFFER_SIZE, 7);
	ASSERT_OK(copy_page(self, 0, 1));
	EXPECT_TRUE(mem_is_filled(seen + MEM_2M, EDU_BUFFER_SIZE, 7));
	munmap(seen, 2 * MEM_2M);
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	close(file);
	EXPECT_OK(hugepage_set_count(MEM_2M, before));
}

TEST_F(dma, file_of_huge_pages_that_are_not_there_is_ENOMEM)
{
	int file = memfd_create("hw_file_test", MFD_CLOEXEC | MFD_HUGETLB);
	long before = hugepage_count(MEM_2M);

	ASSERT_LE(0, file);
	ASSERT_LE(0, before);
	ASSERT_OK(attach(self));
	ASSERT_EQ(0, ftruncate(file, MEM_2M));
	ASSERT_OK(hugepage_set_count(MEM_2M, 0));
	EXPECT_ERR(ENOMEM, map_file(self, file, 0, self->page, IOVA,
				    IOMMU_MAP_RW));
	EXPECT_OK(hugepage_set_count(MEM_2M, before));
	close(file);
}

TEST_F(dma, pinned_pages_of_a_file_are_charged)
{
	int file = mem_file(FILE_PAGES * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(limit_pages(FILE_PAGES));
	ASSERT_OK(attach(self));
	ASSERT_OK(map_whole(self, file));
	EXPECT_EQ(FILE_PAGES, mem_pinned_pages());
	EXPECT_ERR(ENOMEM, map_file(self, file, 0, self->page, FAR_AWAY,
				    IOMMU_MAP_RW));
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_EQ(0, mem_pinned_pages());
	close(file);
}

/* What a child that takes over returns; 100 and above is the child's mistake */
static int take_over(struct _test_data_dma *self, unsigned int limit,
		     long want_pinned)
{
	int rc;

	if (limit_locked_memory(limit * self->page))
		return 100;
	rc = iommu_change_process(self->hw.iommufd);
	if (mem_pinned_pages() != want_pinned)
		return 101;
	return -rc;
}

static int status_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : -1;
}

TEST_F(dma, process_that_takes_over_pays)
{
	int file = mem_file(FILE_PAGES * self->page);
	pid_t pid;

	ASSERT_LE(0, file);
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(attach(self));
	EXPECT_EQ(FILE_PAGES, mem_pinned_pages());
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(take_over(self, LIMIT_PAGES, FILE_PAGES));
	EXPECT_EQ(0, status_of(pid));
	EXPECT_EQ(0, mem_pinned_pages());

	/* And back, from a process that is gone */
	EXPECT_OK(iommu_change_process(self->hw.iommufd));
	EXPECT_EQ(FILE_PAGES, mem_pinned_pages());
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_EQ(0, mem_pinned_pages());
	close(file);
}

TEST_F(dma, process_that_takes_over_needs_no_room_for_its_own_user_twice)
{
	int file = mem_file(FILE_PAGES * self->page);
	pid_t pid;

	ASSERT_LE(0, file);
	ASSERT_OK(limit_pages(FILE_PAGES));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(attach(self));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(take_over(self, FILE_PAGES, FILE_PAGES));
	EXPECT_EQ(0, status_of(pid));
	close(file);
}

/* Anew, in a context where each process pays by its own limit */
static int reopen_by_process(struct hw *hw)
{
	int rc;

	vfio_close(&hw->vfio);
	close(hw->iommufd);
	hw->iommufd = iommu_open();
	if (hw->iommufd < 0)
		return hw->iommufd;
	rc = iommu_option_set(hw->iommufd, IOMMU_OPTION_RLIMIT_MODE, 0, 1);
	if (rc)
		return rc;
	rc = iommu_ioas_alloc(hw->iommufd, &hw->ioas_id);
	if (rc)
		return rc;
	rc = vfio_open(&hw->vfio, hw->pci.name);
	if (rc)
		return rc;
	rc = vfio_bind(&hw->vfio, hw->iommufd);
	return rc ? rc : edu_init(&hw->edu, &hw->vfio);
}

TEST_F(dma, process_over_its_limit_does_not_take_over)
{
	int file = mem_file(FILE_PAGES * self->page);
	int second = mem_file(FILE_PAGES * self->page);
	pid_t pid;

	ASSERT_LE(0, file);
	ASSERT_LE(0, second);
	ASSERT_OK(reopen_by_process(&self->hw));
	ASSERT_OK(limit_pages(2 * FILE_PAGES));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(map_file(self, second, 0, FILE_PAGES * self->page, FAR_AWAY,
			   IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	pid = fork();
	ASSERT_LE(0, pid);
	/* Room for one of the two */
	if (!pid)
		_exit(take_over(self, FILE_PAGES, 0));
	EXPECT_EQ(ENOMEM, status_of(pid));
	ASSERT_OK(iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id));
	close(file);
	close(second);
}

TEST_F(dma, pages_that_are_mapped_twice_are_handed_over_once)
{
	int file = mem_file(FILE_PAGES * self->page);
	pid_t pid;

	ASSERT_LE(0, file);
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(map_whole(self, file));
	ASSERT_OK(iommu_copy_at(self->hw.iommufd, self->hw.ioas_id, FAR_AWAY,
				self->hw.ioas_id, IOVA,
				FILE_PAGES * self->page, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	EXPECT_EQ(FILE_PAGES, mem_pinned_pages());
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(take_over(self, LIMIT_PAGES, FILE_PAGES));
	EXPECT_EQ(0, status_of(pid));
	EXPECT_EQ(0, mem_pinned_pages());
	close(file);
}

TEST_HARNESS_MAIN
