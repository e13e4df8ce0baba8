package peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Wall time, CPU time and peak memory of this process; the last two only where there is a /proc. */
record Measurement(long startedNanos, double userCpuSeconds, double systemCpuSeconds) {
  // proc_pid_stat(5): fields 14 and 15 in ticks, 100 a second on Linux.
  private static final double TICKS_PER_SECOND = 100;

  static Measurement start() {
    return new Measurement(System.nanoTime(), cpuSeconds(0), cpuSeconds(1));
  }

  String toJson(long rows) {
    double seconds = (System.nanoTime() - startedNanos) / 1e9;
    return String.format(
        Locale.ROOT,
        "{\"rows\":%d,\"seconds\":%.6f,\"userCpuSeconds\":%s,\"systemCpuSeconds\":%s,\"peakRssBytes\":%s}",
        rows,
        seconds,
        numberOrNull(cpuSeconds(0) - userCpuSeconds),
        numberOrNull(cpuSeconds(1) - systemCpuSeconds),
        numberOrNull(peakRssBytes()));
  }

  private static String numberOrNull(double value) {
    return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.2f", value);
  }

  private static double cpuSeconds(int which) {
    String stat = read("/proc/self/stat");
    if (stat.isEmpty()) return Double.NaN;
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Double.parseDouble(fields[11 + which]) / TICKS_PER_SECOND;
  }

  private static double peakRssBytes() {
    return read("/proc/self/status")
        .lines()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(Double.NaN);
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException missing) {
      return "";
    }
  }
}
