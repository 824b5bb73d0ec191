// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a program has a device do DMA through /dev/iommu, from nothing but the
 * kernel's headers.
 *
 *	iommufd_example 0000:00:04.0
 *
 * The device is one of QEMU's "edu", which copies between memory and a buffer of
 * its own, and belongs to vfio-pci. Files that a process leaves open are closed
 * when it ends, which detaches and unbinds the device and takes apart the rest:
 * so nothing is undone here when something fails.
 */
/* Regions of a device are at offsets beyond 32 bits */
#define _FILE_OFFSET_BITS 64

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/iommufd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#define SIZE	(2UL << 20)
#define IOVA	0x1000000ULL	/* any address that IOMMU_IOAS_IOVA_RANGES has */
#define COPY	4096		/* the device's buffer */

/* The node of a device: /dev/vfio/devices/vfioN, N is the only entry there */
static int open_device(const char *name)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", name);
	dir = opendir(path);
	if (!dir)
		err(1, "%s: not with vfio-pci", name);
	do
		entry = readdir(dir);
	while (entry && entry->d_name[0] == '.');
	if (!entry)
		errx(1, "%s: has no node", name);
	snprintf(path, sizeof(path), "/dev/vfio/devices/%.32s", entry->d_name);
	closedir(dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* From here on the device's whole IOMMU group is ours, and its DMA blocked. */
static void bind_device(int device, int iommu)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommu,
	};

	if (ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		err(1, "bind: see IOMMU_GROUP_INFO for who else has the group");
	printf("bound as object %u\n", bind.out_devid);
}

static uint32_t make_address_space(int iommu)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(iommu, IOMMU_IOAS_ALLOC, &alloc))
		err(1, "allocate an address space");
	return alloc.out_ioas_id;
}

/* From here on the device reaches what is mapped there, and nothing else. */
static void attach_device(int device, uint32_t ioas_id)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = ioas_id,
	};

	if (ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		err(1, "attach");
	printf("attached to address space %u\n", ioas_id);
}

static void map_memory(int iommu, uint32_t ioas_id, void *memory)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas_id,
		.user_va = (uintptr_t)memory,
		.length = SIZE,
		.iova = IOVA,
	};

	if (ioctl(iommu, IOMMU_IOAS_MAP, &map))
		err(1, "map");
	printf("mapped %lu KiB at %#llx\n", SIZE / 1024, IOVA);
}

static void unmap_memory(int iommu, uint32_t ioas_id)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas_id,
		.iova = IOVA,
		.length = SIZE,
	};

	if (ioctl(iommu, IOMMU_IOAS_UNMAP, &unmap))
		err(1, "unmap");
	printf("unmapped %llu KiB\n",
	       (unsigned long long)unmap.length / 1024);
}

/* A device does no DMA before it is told that it may. */
static void let_it_do_dma(int device)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pread(device, &command, sizeof(command),
		  config.offset + PCI_COMMAND) != sizeof(command))
		err(1, "read configuration space");
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	if (pwrite(device, &command, sizeof(command),
		   config.offset + PCI_COMMAND) != sizeof(command))
		err(1, "write configuration space");
}

static volatile uint32_t *map_registers(int device)
{
	struct vfio_region_info bar = {
		.argsz = sizeof(bar),
		.index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	volatile uint32_t *regs;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		err(1, "region of BAR 0");
	regs = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device,
		    bar.offset);
	if (regs == MAP_FAILED)
		err(1, "map BAR 0");
	if ((regs[0] & 0xffff) != 0x00ed)
		errx(1, "not an edu: it says %#x", regs[0]);
	return regs;
}

/* The device's own language: source, destination, length, and go. */
static void copy(volatile uint32_t *regs, uint64_t from, uint64_t to,
		 uint32_t command)
{
	regs[0x80 / 4] = from;
	regs[0x84 / 4] = from >> 32;
	regs[0x88 / 4] = to;
	regs[0x8c / 4] = to >> 32;
	regs[0x90 / 4] = COPY;
	regs[0x98 / 4] = 1 | command;
	while (regs[0x98 / 4] & 1)
		usleep(1000);
}

static void dma_read(volatile uint32_t *regs, uint64_t iova)
{
	copy(regs, iova, 0x40000, 0);
}

static void dma_write(volatile uint32_t *regs, uint64_t iova)
{
	copy(regs, 0x40000, iova, 2);
}

int main(int argc, char **argv)
{
	volatile uint32_t *regs;
	int iommu, device;
	uint32_t ioas_id;
	char *memory;

	if (argc != 2)
		errx(2, "give the PCI address of an edu");
	iommu = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommu < 0)
		err(1, "/dev/iommu");
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "memory");

	device = open_device(argv[1]);
	bind_device(device, iommu);
	ioas_id = make_address_space(iommu);
	attach_device(device, ioas_id);
	map_memory(iommu, ioas_id, memory);
	let_it_do_dma(device);
	regs = map_registers(device);

	/* Through the device, from the first page to the second */
	memset(memory, 0x5a, COPY);
	dma_read(regs, IOVA);
	dma_write(regs, IOVA + COPY);
	if (memcmp(memory, memory + COPY, COPY))
		errx(1, "the copy is not what was sent");
	printf("copied %d bytes\n", COPY);

	/*
	 * A fault is not told to the program: the IOMMU throws the write away
	 * and the kernel's log has it. Nothing else is different.
	 */
	unmap_memory(iommu, ioas_id);
	memset(memory, 0, SIZE);
	dma_write(regs, IOVA);
	if (memory[0])
		errx(1, "the device reaches what is not mapped");
	printf("blocked %d bytes\n", COPY);
	return 0;
}
