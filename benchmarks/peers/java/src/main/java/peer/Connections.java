package peer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** Where the database is, told by PEER_HOST, PEER_PORT, PEER_DATABASE, PEER_USER and PEER_PASSWORD. Without TLS: a loopback needs none. */
final class Connections {
  static HikariDataSource open(int connections) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url());
    config.setUsername(user());
    config.setPassword(password());
    config.setMaximumPoolSize(connections);
    return new HikariDataSource(config);
  }

  static String url() {
    return "jdbc:mysql://%s:%s/%s?rewriteBatchedStatements=true&allowPublicKeyRetrieval=true&sslMode=DISABLED"
        .formatted(System.getenv("PEER_HOST"), System.getenv("PEER_PORT"), System.getenv("PEER_DATABASE"));
  }

  static String user() {
    return System.getenv("PEER_USER");
  }

  static String password() {
    return System.getenv("PEER_PASSWORD");
  }

  private Connections() {}
}
