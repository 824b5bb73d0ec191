// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is pinned while a device is attached, who pays for it, and which memory
 * cannot be had at all.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "hw_dma_fixture.h"

/* Beyond this the tests run into the limit that they set themselves */
#define LIMIT_PAGES 8

static int map_many(struct _test_data_dma *self, void *va, unsigned int npages,
		    __u64 iova)
{
	return iommu_map_at(self->hw.iommufd, self->hw.ioas_id, va,
			    npages * self->page, iova, IOMMU_MAP_RW);
}

static int unmap_everything(struct _test_data_dma *self)
{
	return iommu_unmap_all(self->hw.iommufd, self->hw.ioas_id);
}

TEST_F(dma, nothing_is_pinned_until_a_device_attaches)
{
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(map_many(self, self->src, 4, IOVA));
	EXPECT_EQ(0, mem_pinned_pages());
	ASSERT_OK(attach(self));
	EXPECT_EQ(4, mem_pinned_pages());
}

TEST_F(dma, unmap_unpins)
{
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(attach(self));
	ASSERT_OK(map_many(self, self->src, 1, IOVA));
	ASSERT_OK(map_many(self, self->dst, 3, FAR_AWAY));
	EXPECT_EQ(4, mem_pinned_pages());
	ASSERT_OK(iommu_unmap(self->hw.iommufd, self->hw.ioas_id, FAR_AWAY,
			      3 * self->page));
	EXPECT_EQ(1, mem_pinned_pages());
	ASSERT_OK(unmap_everything(self));
	EXPECT_EQ(0, mem_pinned_pages());
}

TEST_F(dma, detach_of_the_last_device_unpins)
{
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(map_many(self, self->src, 4, IOVA));
	ASSERT_OK(attach(self));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_EQ(0, mem_pinned_pages());
	/* What is mapped is still mapped */
	ASSERT_OK(attach(self));
	EXPECT_EQ(4, mem_pinned_pages());
}

TEST_F(dma, closing_the_files_unpins)
{
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(map_many(self, self->src, 4, IOVA));
	ASSERT_OK(attach(self));
	EXPECT_EQ(4, mem_pinned_pages());
	vfio_close(&self->hw.vfio);
	close(self->hw.iommufd);
	self->hw.iommufd = -1;
	EXPECT_EQ(0, mem_pinned_pages());
}

TEST_F(dma, map_over_the_limit_is_ENOMEM_and_pins_nothing)
{
	char *many = mem_alloc((LIMIT_PAGES + 1) * self->page);

	ASSERT_NE(NULL, many);
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(attach(self));
	EXPECT_ERR(ENOMEM, map_many(self, many, LIMIT_PAGES + 1, IOVA));
	EXPECT_EQ(0, mem_pinned_pages());
	/* The IOVAs are free, and the limit itself can be used up */
	EXPECT_OK(map_many(self, many, LIMIT_PAGES, IOVA));
	EXPECT_ERR(ENOMEM, map_many(self, self->src, 1, FAR_AWAY));
	EXPECT_EQ(LIMIT_PAGES, mem_pinned_pages());
	/* What is given back can be used again, to the last page */
	EXPECT_OK(unmap_everything(self));
	EXPECT_OK(map_many(self, many, LIMIT_PAGES, IOVA));
	EXPECT_OK(unmap_everything(self));
	EXPECT_EQ(0, mem_pinned_pages());
	mem_free(many, (LIMIT_PAGES + 1) * self->page);
}

TEST_F(dma, map_over_the_limit_does_not_even_touch_the_memory)
{
	const size_t npages = 16384;
	unsigned char *resident = malloc(npages);
	char *many = mem_alloc(npages * self->page);
	size_t i, touched = 0;

	ASSERT_NE(NULL, many);
	ASSERT_NE(NULL, resident);
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_OK(attach(self));
	EXPECT_ERR(ENOMEM, map_many(self, many, npages, IOVA));
	ASSERT_EQ(0, mincore(many, npages * self->page, resident));
	for (i = 0; i < npages; i++)
		touched += resident[i] & 1;
	EXPECT_EQ(0, touched);
	mem_free(many, npages * self->page);
	free(resident);
}

TEST_F(dma, attach_over_the_limit_is_ENOMEM_and_leaves_the_device_out)
{
	ASSERT_OK(limit_pages(3));
	ASSERT_OK(map_many(self, self->src, 4, IOVA));
	EXPECT_ERR(ENOMEM, attach(self));
	EXPECT_EQ(0, mem_pinned_pages());
	ASSERT_OK(unmap_everything(self));
	ASSERT_OK(map_many(self, self->src, 3, IOVA));
	EXPECT_OK(attach(self));
	EXPECT_EQ(3, mem_pinned_pages());
}

TEST_F(dma, capability_lifts_the_limit)
{
	ASSERT_OK(limit_locked_memory(0));
	ASSERT_OK(attach(self));
	EXPECT_OK(map_many(self, self->src, 4, IOVA));
}

TEST_F(dma, address_without_memory_is_EFAULT)
{
	void *nothing = mem_alloc(self->page);

	ASSERT_NE(NULL, nothing);
	mem_free(nothing, self->page);
	ASSERT_OK(attach(self));
	EXPECT_ERR(EFAULT, map(self, nothing, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map(self, NULL, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map(self, NULL, IOVA, IOMMU_IOAS_MAP_READABLE));
	/* Nothing of it is left */
	EXPECT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
}

TEST_F(dma, hole_in_the_memory_is_EFAULT_and_pins_nothing)
{
	ASSERT_OK(limit_pages(LIMIT_PAGES));
	ASSERT_EQ(0, munmap(self->other, self->page));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EFAULT, map_many(self, self->src, 4, IOVA));
	EXPECT_EQ(0, mem_pinned_pages());
	EXPECT_OK(map_many(self, self->src, 2, IOVA));
}

TEST_F(dma, memory_without_access_is_EFAULT)
{
	ASSERT_EQ(0, mprotect(self->src, self->page, PROT_NONE));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EFAULT, map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map(self, self->src, IOVA,
			       IOMMU_IOAS_MAP_READABLE));
}

TEST_F(dma, read_only_memory_cannot_be_mapped_for_writing)
{
	ASSERT_EQ(0, mprotect(self->src, self->page, PROT_READ));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EFAULT, map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map(self, self->src, IOVA,
			       IOMMU_IOAS_MAP_WRITEABLE));
}

TEST_F(dma, read_only_memory_can_be_mapped_for_reading)
{
	ASSERT_EQ(0, mprotect(self->src, self->page, PROT_READ));
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, private_mapping_of_a_file_can_be_read)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *text;

	ASSERT_LE(0, fd);
	text = mmap(NULL, self->page, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)text);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, text, IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(text, self->dst));
	EXPECT_ERR(EFAULT, map(self, text, IOVA + self->page, IOMMU_MAP_RW));
	munmap(text, self->page);
	close(fd);
}

TEST_F(dma, registers_of_a_device_are_not_memory)
{
	ASSERT_OK(attach(self));
	EXPECT_ERR(EFAULT, map(self, (void *)self->hw.edu.regs, IOVA,
			       IOMMU_MAP_RW));
}

TEST_F(dma, attach_with_a_bad_address_inside_is_EFAULT)
{
	__u32 good;

	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &good));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, NULL, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, attach(self));
	EXPECT_OK(vfio_attach(&self->hw.vfio, good));
}

TEST_F(dma, memory_of_a_process_that_is_gone_is_EFAULT)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_ERR(EFAULT, attach(self));
	EXPECT_OK(unmap(self, IOVA));
	EXPECT_OK(attach(self));
}

TEST_F(dma, pins_of_a_process_that_is_gone_stay_until_unmap)
{
	int status;
	pid_t pid;

	ASSERT_OK(attach(self));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_OK(unmap(self, IOVA));
}

TEST_F(dma, private_memory_stays_the_same_over_fork)
{
	char *own = mem_alloc_aligned(self->page, self->page);
	int go[2], status;
	char byte;
	pid_t pid;

	ASSERT_NE(NULL, own);
	ASSERT_EQ(0, pipe(go));
	mem_fill(own, EDU_BUFFER_SIZE, 8);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, own, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(read(go[0], &byte, 1) != 1);
	/* A write while the child has the page too must not give us a copy */
	mem_fill(own, EDU_BUFFER_SIZE, 9);
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 9));
	EXPECT_EQ(1, write(go[1], "", 1));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_OK(unmap(self, IOVA));
	mem_free(own, self->page);
	close(go[0]);
	close(go[1]);
}

TEST_F(dma, memory_first_written_after_it_was_mapped_for_reading_is_seen)
{
	/* Untouched private memory is the shared zero page to a reader */
	char *own = mem_alloc_aligned(self->page, self->page);

	ASSERT_NE(NULL, own);
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, own, IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	mem_fill(own, EDU_BUFFER_SIZE, 10);
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 10));
	EXPECT_OK(unmap(self, IOVA));
	mem_free(own, self->page);
}

TEST_HARNESS_MAIN
