/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each command of /dev/iommu, with arguments that make it succeed. Include once
 * per suite.
 */
#ifndef SELFTESTS_IOMMU_IOMMUFD_ABI_FIXTURE_H
#define SELFTESTS_IOMMU_IOMMUFD_ABI_FIXTURE_H

#include "../kselftest_harness.h"

#include <linux/iommufd_group.h>
#include <sys/mman.h>

#include "iommufd_test.h"
#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/memory.h"

#define IOVA 0x100000
#define NUM_RANGES 8
#define NUM_MEMBERS 2

/*
 * Every command once. What fill() leaves in the struct makes the command
 * succeed, so that only the call itself can be what is refused.
 *
 *	+------------------+----------------+
 *	| page of structs  | PROT_NONE      |
 *	+------------------+----------------+
 */
FIXTURE(command)
{
	int fd;
	__u32 ioas_id;
	size_t page;
	char *structs;
	void *memory;
	int memfd;
	struct iommu_iova_range ranges[NUM_RANGES];
	struct iommu_group_member members[NUM_MEMBERS];
};

FIXTURE_VARIANT(command)
{
	unsigned int nr;
	size_t size;
	size_t min_size;
	int (*fill)(struct _test_data_command *self, void *cmd);
};

static int fill_destroy(struct _test_data_command *self, void *arg)
{
	struct iommu_destroy *cmd = arg;

	return iommu_ioas_alloc(self->fd, &cmd->id);
}

static int fill_ioas_alloc(struct _test_data_command *self, void *arg)
{
	(void)self;
	(void)arg;
	return 0;
}

static int fill_iova_ranges(struct _test_data_command *self, void *arg)
{
	struct iommu_ioas_iova_ranges *cmd = arg;

	cmd->ioas_id = self->ioas_id;
	cmd->num_iovas = NUM_RANGES;
	cmd->allowed_iovas = (uintptr_t)self->ranges;
	return 0;
}

static int fill_allow_iovas(struct _test_data_command *self, void *arg)
{
	struct iommu_ioas_allow_iovas *cmd = arg;

	cmd->ioas_id = self->ioas_id;
	cmd->num_iovas = 1;
	cmd->allowed_iovas = (uintptr_t)self->ranges;
	self->ranges[0].last = IOVA;
	return 0;
}

static int fill_copy(struct _test_data_command *self, void *arg)
{
	struct iommu_ioas_copy *cmd = arg;

	cmd->flags = IOMMU_MAP_RW | IOMMU_IOAS_MAP_FIXED_IOVA;
	cmd->dst_ioas_id = self->ioas_id;
	cmd->src_ioas_id = self->ioas_id;
	cmd->length = self->page;
	cmd->dst_iova = 2 * IOVA;
	cmd->src_iova = IOVA;
	return iommu_map_at(self->fd, self->ioas_id, self->memory, self->page,
			    IOVA, IOMMU_MAP_RW);
}

static int fill_option(struct _test_data_command *self, void *arg)
{
	struct iommu_option *cmd = arg;

	cmd->option_id = IOMMU_OPTION_HUGE_PAGES;
	cmd->op = IOMMU_OPTION_OP_GET;
	cmd->object_id = self->ioas_id;
	return 0;
}

static int fill_map(struct _test_data_command *self, void *arg)
{
	struct iommu_ioas_map *cmd = arg;

	cmd->ioas_id = self->ioas_id;
	cmd->flags = IOMMU_MAP_RW | IOMMU_IOAS_MAP_FIXED_IOVA;
	cmd->user_va = (uintptr_t)self->memory;
	cmd->length = self->page;
	cmd->iova = IOVA;
	return 0;
}

static int fill_map_file(struct _test_data_command *self, void *arg)
{
	struct iommu_ioas_map_file *cmd = arg;

	cmd->ioas_id = self->ioas_id;
	cmd->flags = IOMMU_MAP_RW | IOMMU_IOAS_MAP_FIXED_IOVA;
	cmd->fd = self->memfd;
	cmd->length = self->page;
	cmd->iova = IOVA;
	return 0;
}

static int fill_change_process(struct _test_data_command *self, void *arg)
{
	(void)arg;
	return iommu_map_file_at(self->fd, self->ioas_id, self->memfd, 0,
				 self->page, IOVA, IOMMU_MAP_RW);
}

/* Without a mock IOMMU there is no device that every machine has. */
static int make_device(struct _test_data_command *self, __u32 *dev_id)
{
	struct iommu_test_cmd device = {
		.size = sizeof(device),
		.op = IOMMU_TEST_OP_MOCK_DOMAIN,
		.id = self->ioas_id,
	};
	int rc = iommu_ioctl(self->fd, IOMMU_TEST_CMD, &device);

	*dev_id = device.mock_domain.out_idev_id;
	return rc;
}

static int fill_hwpt_alloc(struct _test_data_command *self, void *arg)
{
	struct iommu_hwpt_alloc *cmd = arg;

	cmd->pt_id = self->ioas_id;
	return make_device(self, &cmd->dev_id);
}

static int fill_get_hw_info(struct _test_data_command *self, void *arg)
{
	struct iommu_hw_info *cmd = arg;

	return make_device(self, &cmd->dev_id);
}

static int fill_group_info(struct _test_data_command *self, void *arg)
{
	struct iommu_group_info *cmd = arg;
	int rc = make_device(self, &cmd->dev_id);

	cmd->device_fd = -1;
	cmd->num_members = NUM_MEMBERS;
	cmd->member_size = sizeof(self->members[0]);
	cmd->members = (uintptr_t)self->members;
	return rc;
}

static int fill_vfio_ioas(struct _test_data_command *self, void *arg)
{
	struct iommu_vfio_ioas *cmd = arg;

	cmd->op = IOMMU_VFIO_IOAS_SET;
	cmd->ioas_id = self->ioas_id;
	return 0;
}

static int fill_unmap(struct _test_data_command *self, void *arg)
{
	struct iommu_ioas_unmap *cmd = arg;

	cmd->ioas_id = self->ioas_id;
	cmd->length = IOMMU_UNMAP_ALL;
	return 0;
}

FIXTURE_VARIANT_ADD(command, destroy)
{
	.nr = 0x80,
	.size = sizeof(struct iommu_destroy),
	.min_size = 8,
	.fill = fill_destroy,
};

FIXTURE_VARIANT_ADD(command, ioas_alloc)
{
	.nr = 0x81,
	.size = sizeof(struct iommu_ioas_alloc),
	.min_size = 12,
	.fill = fill_ioas_alloc,
};

FIXTURE_VARIANT_ADD(command, ioas_allow_iovas)
{
	.nr = 0x82,
	.size = sizeof(struct iommu_ioas_allow_iovas),
	.min_size = 24,
	.fill = fill_allow_iovas,
};

FIXTURE_VARIANT_ADD(command, ioas_copy)
{
	.nr = 0x83,
	.size = sizeof(struct iommu_ioas_copy),
	.min_size = 40,
	.fill = fill_copy,
};

FIXTURE_VARIANT_ADD(command, ioas_iova_ranges)
{
	.nr = 0x84,
	.size = sizeof(struct iommu_ioas_iova_ranges),
	.min_size = 32,
	.fill = fill_iova_ranges,
};

FIXTURE_VARIANT_ADD(command, ioas_map)
{
	.nr = 0x85,
	.size = sizeof(struct iommu_ioas_map),
	.min_size = 40,
	.fill = fill_map,
};

FIXTURE_VARIANT_ADD(command, ioas_unmap)
{
	.nr = 0x86,
	.size = sizeof(struct iommu_ioas_unmap),
	.min_size = 24,
	.fill = fill_unmap,
};

FIXTURE_VARIANT_ADD(command, option)
{
	.nr = 0x87,
	.size = sizeof(struct iommu_option),
	.min_size = 24,
	.fill = fill_option,
};

FIXTURE_VARIANT_ADD(command, vfio_ioas)
{
	.nr = 0x88,
	.size = sizeof(struct iommu_vfio_ioas),
	.min_size = 12,
	.fill = fill_vfio_ioas,
};

FIXTURE_VARIANT_ADD(command, hwpt_alloc)
{
	.nr = 0x89,
	.size = sizeof(struct iommu_hwpt_alloc),
	.min_size = 24,
	.fill = fill_hwpt_alloc,
};

FIXTURE_VARIANT_ADD(command, get_hw_info)
{
	.nr = 0x8a,
	.size = sizeof(struct iommu_hw_info),
	.min_size = 32,
	.fill = fill_get_hw_info,
};

FIXTURE_VARIANT_ADD(command, ioas_map_file)
{
	.nr = 0x8f,
	.size = sizeof(struct iommu_ioas_map_file),
	.min_size = 40,
	.fill = fill_map_file,
};

FIXTURE_VARIANT_ADD(command, ioas_change_process)
{
	.nr = 0x92,
	.size = sizeof(struct iommu_ioas_change_process),
	.min_size = 8,
	.fill = fill_change_process,
};

FIXTURE_VARIANT_ADD(command, group_info)
{
	.nr = 0xc0,
	.size = sizeof(struct iommu_group_info),
	.min_size = 48,
	.fill = fill_group_info,
};

FIXTURE_SETUP(command)
{
	self->page = mem_page_size();
	self->structs = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE((void *)self->structs != MAP_FAILED);
	ASSERT_EQ(0, mprotect(self->structs + self->page, self->page,
			      PROT_NONE));
	self->memory = mem_alloc(self->page);
	ASSERT_TRUE(!!self->memory);
	self->memfd = memfd_create("iommufd_abi", MFD_CLOEXEC);
	ASSERT_LE(0, self->memfd);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->ioas_id));
}

FIXTURE_TEARDOWN(command)
{
	close(self->fd);
	close(self->memfd);
	munmap(self->structs, 2 * self->page);
	mem_free(self->memory, self->page);
}

#endif
