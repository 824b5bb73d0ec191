// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /dev/iommu is for, told by doing it: a device is opened by its own
 * node, bound, given an address space, and copies memory; outside of that it
 * reaches nothing, and nobody else gets at its group.
 *
 * Each line is printed after what it says has happened. Exits with 1 at the
 * first thing that is not as told.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/group.h"
#include "lib/hw.h"
#include "lib/kmsg.h"
#include "lib/pci_config.h"

#define IOVA 0x10000000ULL
#define UNMAPPED 0x20000000ULL
#define LINE 78

/* No header of user space has this */
#define SYSLOG_ACTION_CONSOLE_OFF 6
#define SYSLOG_ACTION_CONSOLE_ON 7

static struct hw hw = { .iommufd = -1, .vfio.fd = -1 };
static struct pci_dev sibling, neighbour;

static void tell(const char *what, const char *fmt, ...)
{
	va_list args;

	printf("  %-11s", what);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* Give every device back, whatever happened */
static void clean_up(void)
{
	hw_down(&hw);
	pci_give_back(&neighbour);
	pci_give_back(&sibling);
	klogctl(SYSLOG_ACTION_CONSOLE_ON, NULL, 0);
}

static void need(int rc, const char *what)
{
	if (!rc)
		return;
	fflush(stdout);
	fprintf(stderr, "  %s: %s\n", what, strerror(rc < 0 ? -rc : rc));
	clean_up();
	exit(1);
}

static void need_true(int truth, const char *what)
{
	if (truth)
		return;
	fflush(stdout);
	fprintf(stderr, "  not as told: %s\n", what);
	clean_up();
	exit(1);
}

/* The device, its group and the node that stands for it */
static void open_device(void)
{
	char path[256];

	need(pci_find(PCI_ID_EDU, PCI_ALONE, 0, &hw.pci),
	     "no edu device with an IOMMU group of its own");
	need(pci_take(&hw.pci), "vfio-pci does not take the device");
	need(vfio_cdev_path(hw.pci.name, path, sizeof(path)),
	     "the device has no node");
	need(vfio_open(&hw.vfio, hw.pci.name), path);
	tell("device", "%s \"edu\", a copy engine, alone in group %d",
	     hw.pci.name, hw.pci.group);
	tell("open", "%s: no access yet, it is not bound", path);
	need_true(vfio_map_bar(&hw.vfio, 0) == -EINVAL,
		  "an unbound device gives no access");
}

static void bind_device(void)
{
	hw.iommufd = iommu_open();
	need(hw.iommufd < 0 ? hw.iommufd : 0, "/dev/iommu");
	need(vfio_bind(&hw.vfio, hw.iommufd), "bind");
	tell("bind", "to /dev/iommu as object %u: its DMA is blocked",
	     hw.vfio.dev_id);
	need(edu_init(&hw.edu, &hw.vfio), "the device does not answer");
}

static void attach_device(void)
{
	__u32 pt_id;

	need(iommu_ioas_alloc(hw.iommufd, &hw.ioas_id), "address space");
	pt_id = hw.ioas_id;
	need(vfio_attach_pt(&hw.vfio, &pt_id), "attach");
	tell("attach", "to address space %u, page table %u", hw.ioas_id, pt_id);
}

static char *map_memory(size_t page)
{
	char *memory = mem_alloc(2 * page);

	need_true(!!memory, "memory");
	mem_fill(memory, page, 2021);
	need(iommu_map_at(hw.iommufd, hw.ioas_id, memory, 2 * page, IOVA,
			  IOMMU_MAP_RW), "map");
	tell("map", "%zu KiB at I/O virtual address %#llx", 2 * page / 1024,
	     IOVA);
	return memory;
}

static void copy_memory(char *memory, size_t page)
{
	__u32 sent = mem_crc32(memory, EDU_BUFFER_SIZE);

	need(edu_load(&hw.edu, IOVA, EDU_BUFFER_SIZE), "DMA");
	tell("DMA read", "%d bytes from %#llx, CRC-32 in memory %08x",
	     EDU_BUFFER_SIZE, IOVA, sent);
	need(edu_store(&hw.edu, IOVA + page, EDU_BUFFER_SIZE), "DMA");
	need_true(mem_crc32(memory + page, EDU_BUFFER_SIZE) == sent &&
		  !memcmp(memory, memory + page, EDU_BUFFER_SIZE),
		  "the copy is what was sent");
	tell("DMA write", "%d bytes to   %#llx, CRC-32 in memory %08x",
	     EDU_BUFFER_SIZE, IOVA + page,
	     mem_crc32(memory + page, EDU_BUFFER_SIZE));
}

/* The IOMMU's own words, cut to a line each */
static void quote(const char *line)
{
	const int width = LINE - 15;

	while (strlen(line) > (size_t)width) {
		int n = width;

		while (n > 1 && line[n] != ' ')
			n--;
		tell("", "| %.*s", n, line);
		line += n + 1;
	}
	tell("", "| %s", line);
}

static void copy_elsewhere(char *memory, size_t page)
{
	__u32 before = mem_crc32(memory, 2 * page);
	char line[KMSG_LINE];
	int kmsg = kmsg_open();

	need(kmsg < 0 ? kmsg : 0, "/dev/kmsg");
	need(edu_store(&hw.edu, UNMAPPED, EDU_BUFFER_SIZE), "DMA");
	need(kmsg_wait_fault(kmsg, hw.pci.name, UNMAPPED, line),
	     "the IOMMU reports no fault");
	need_true(mem_crc32(memory, 2 * page) == before,
		  "memory is as it was");
	tell("DMA write", "to %#llx, where nothing is mapped: refused",
	     UNMAPPED);
	quote(line);
	close(kmsg);
}

static void unmap_memory(char *memory, size_t page)
{
	need(iommu_unmap(hw.iommufd, hw.ioas_id, IOVA, 2 * page), "unmap");
	mem_fill(memory, 2 * page, 2022);
	need(edu_store(&hw.edu, IOVA, EDU_BUFFER_SIZE), "DMA");
	need_true(mem_is_filled(memory, 2 * page, 2022),
		  "unmapped memory is out of reach");
	tell("unmap", "%#llx, and DMA write there again: nothing changed",
	     IOVA);
}

/* Who has the group of a device, as an open file sees it */
static const char *group_owner(int fd, int device_fd)
{
	struct group_info info;

	need(group_info_of_file(fd, device_fd, &info), "IOMMU_GROUP_INFO");
	switch (info.state) {
	case IOMMU_GROUP_FREE:
		return "nobody";
	case IOMMU_GROUP_OURS:
		return "this context";
	case IOMMU_GROUP_OTHERS:
		return "another context";
	default:
		return "the kernel";
	}
}

/*
 * What another process gets when it wants to bind a device, and whom it is told
 * to have the group then
 */
static int bind_in_another_process(const char *name, char *owner, size_t size)
{
	int answer[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(answer))
		return -errno;
	pid = fork();
	if (!pid) {
		struct vfio_dev dev;
		int fd = iommu_open(), rc;
		const char *told;

		if (fd < 0 || vfio_open(&dev, name))
			_exit(255);
		rc = vfio_bind(&dev, fd);
		told = group_owner(fd, dev.fd);
		if (write(answer[1], told, strlen(told)) < 0)
			_exit(255);
		_exit(-rc);
	}
	close(answer[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	n = read(answer[0], owner, size - 1);
	owner[n < 0 ? 0 : n] = '\0';
	close(answer[0]);
	return -WEXITSTATUS(status);
}

/* The kernel uses the neighbour: the group cannot be had, and it says why */
static void ask_for_group(struct vfio_dev *dev)
{
	const struct iommu_group_member *member;
	struct group_info info;

	need(pci_find(PCI_ID_EDU, PCI_SHARED, 0, &sibling),
	     "no edu device in a shared group");
	need(pci_find_sibling(&sibling, &neighbour), "no sibling");
	need(pci_take(&sibling), "vfio-pci does not take the device");
	need(vfio_open(dev, sibling.name), "open");
	tell("group", "%d holds %s and %s", sibling.group, sibling.name,
	     neighbour.name);
	need_true(vfio_bind(dev, hw.iommufd) == -EBUSY,
		  "the kernel's use of the sibling is in the way");
	need(group_info_of_file(hw.iommufd, dev->fd, &info),
	     "IOMMU_GROUP_INFO");
	member = group_find_member(&info, neighbour.name);
	need_true(member && member->state == IOMMU_GROUP_MEMBER_KERNEL,
		  "the driver in the way is named");
	tell("refused", "bind %s: EBUSY, for %s has %s", sibling.name,
	     member->driver, member->name);
}

/* A group of two: who binds one has both */
static void claim_group(void)
{
	struct vfio_dev dev;
	char owner[32];

	ask_for_group(&dev);
	need(pci_take(&neighbour), "vfio-pci does not take the sibling");
	need(pci_unbind_driver(neighbour.name), "unbind");
	need(pci_set_use(neighbour.name, PCI_COMMAND_USE), "turn it on");
	tell("unbind", "%s; it is left turned on", neighbour.name);
	need(vfio_bind(&dev, hw.iommufd), "bind");
	tell("bind", "%s: that claims the whole group", sibling.name);
	need_true(!pci_read_use(neighbour.name), "the sibling is parked");
	tell("parked", "%s: no decode, no bus mastering", neighbour.name);

	need(pci_probe_with(neighbour.name, "vfio-pci"), "vfio-pci");
	need_true(bind_in_another_process(neighbour.name, owner,
					  sizeof(owner)) == -EBUSY,
		  "another process is refused");
	tell("refused", "another process, %s: EBUSY, for %s has it",
	     neighbour.name, owner);
	need(pci_unbind_driver(neighbour.name), "unbind");

	vfio_close(&dev);
	need_true(pci_read_use(neighbour.name) == PCI_COMMAND_USE,
		  "what was turned on is on again");
	tell("released", "%s is turned on as it was", neighbour.name);
	need(pci_probe_with(neighbour.name, "vfio-pci"), "vfio-pci");
	need(bind_in_another_process(neighbour.name, owner, sizeof(owner)),
	     "another process binds after the release");
	tell("bind", "now the other process can have %s", neighbour.name);
}

static void close_device(void)
{
	char driver[PCI_NAME_LEN];

	clean_up();
	need_true(pci_driver(hw.pci.name, driver) != 0,
		  "the device is as it was found");
	need(pci_driver(neighbour.name, driver), "the sibling has no driver");
	tell("close", "all devices are as they were, %s has %s again", driver,
	     neighbour.name);
}

int main(void)
{
	size_t page = mem_page_size();
	char *memory;

	/* The kernel's lines are quoted where they belong */
	klogctl(SYSLOG_ACTION_CONSOLE_OFF, NULL, 0);
	printf("A device does DMA through /dev/iommu\n\n");
	open_device();
	bind_device();
	attach_device();
	memory = map_memory(page);
	copy_memory(memory, page);
	copy_elsewhere(memory, page);
	unmap_memory(memory, page);
	claim_group();
	close_device();
	printf("\ndemo: done\n");
	return 0;
}
