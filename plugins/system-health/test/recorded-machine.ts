import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What changes from one look to the next. */
export interface Moment {
  uptime: number;
  /** Ticks of all processors. */
  busy: number;
  idle: number;
  received: number;
  sent: number;
  /** Ticks of the process `postgres`. */
  postgres: number;
}

/** Writes `/proc` and `/sys` of a small server into `folder`, as a kernel shows them, at one moment. */
export async function recordMachine(folder: string, moment: Moment): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [path, content] of Object.entries(filesOf(moment))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function filesOf({ uptime, busy, idle, received, sent, postgres }: Moment): Record<string, string> {
  return {
    "proc/stat": `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 ${busy / 2} 0 0 ${idle / 2} 0 0 0 0 0 0\ncpu1 ${busy / 2} 0 0 ${idle / 2} 0 0 0 0 0 0\nintr 1 2 3\n`,
    "proc/uptime": `${uptime.toFixed(2)} 99999.99\n`,
    "proc/loadavg": "0.52 0.41 0.30 2/345 12345\n",
    "proc/meminfo":
      "MemTotal:        8048576 kB\nMemFree:          512000 kB\nMemAvailable:    6036432 kB\nSwapTotal:       2097152 kB\nSwapFree:        1572864 kB\n",
    "proc/mounts":
      "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sda1 /var/lib/docker ext4 rw 0 0\n/dev/sdb1 /no/such\\040disk xfs rw 0 0\n/dev/sda2 /boot ext4 rw 0 0\nserver:/export /mnt/nfs nfs4 rw 0 0\n",
    "proc/net/dev": `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo: 999999 9 0 0 0 0 0 0 999999 9 0 0 0 0 0 0\n  eth0: ${received} 11126 0 0 0 0 0 0 ${sent} 6756 0 0 0 0 0 0\nveth12: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n`,
    "proc/sys/kernel/hostname": "harbour\n",
    "proc/sys/kernel/osrelease": "6.12.4-amd64\n",
    "proc/1/stat": "1 (systemd) S 0 1 1 0 -1 4194560 1 1 1 1 40 60 1 1 20 0 1 0 5 1000000 3072 184467",
    "proc/812/stat": `812 (postgres) S 1 1 1 0 -1 0 1 1 1 1 ${postgres} 0 1 1 20 0 1 0 900 1000000 40000 184467`,
    "proc/812/status": "Name:\tpostgres\nVmRSS:\t  160000 kB\n",
    "proc/813/stat": "813 (postgres) S 812 1 1 0 -1 0 1 1 1 1 3 0 1 1 20 0 1 0 901 1000000 11200 184467",
    "proc/900/stat": "900 (my (odd) name) R 1 1 1 0 -1 0 1 1 1 1 7 0 1 1 20 0 1 0 950 1000000 10240 184467",
    "proc/31/stat": "31 (kworker/0:1) I 2 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 10 0 0 184467",
    "proc/77/stat": "half a line",
    "sys/class/thermal/thermal_zone0/type": "x86_pkg_temp\n",
    "sys/class/thermal/thermal_zone0/temp": "61000\n",
    "sys/class/thermal/thermal_zone1/type": "absent\n",
    "sys/class/thermal/thermal_zone1/temp": "-274000\n",
    "sys/class/hwmon/hwmon0/name": "nvme\n",
    "sys/class/hwmon/hwmon0/temp1_input": "43850\n",
    "sys/class/hwmon/hwmon0/temp1_label": "Composite\n",
    "sys/class/hwmon/hwmon0/temp2_input": "41850\n",
    "sys/class/hwmon/hwmon1/name": "coretemp\n",
    "sys/class/hwmon/hwmon1/temp1_input": "broken\n",
  };
}
