package peer;

import java.util.List;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.Transaction;
import org.hibernate.cfg.Configuration;

/** JPA with GenerationType.IDENTITY: every persist is an INSERT of its own; one transaction a restaurant. */
final class HibernateIdentity implements InsertWay {
  private final SessionFactory sessions =
      new Configuration()
          .addAnnotatedClass(SlotEntity.class)
          .setProperty("hibernate.connection.url", Connections.url())
          .setProperty("hibernate.connection.username", Connections.user())
          .setProperty("hibernate.connection.password", Connections.password())
          .buildSessionFactory();

  @Override
  public void insert(List<Restaurant> restaurants, Job job) {
    for (Restaurant restaurant : restaurants) {
      try (Session session = sessions.openSession()) {
        Transaction transaction = session.beginTransaction();
        job.forEachSlot(restaurant, slot -> session.persist(SlotEntity.of(slot)));
        transaction.commit();
      }
    }
  }

  @Override
  public void close() {
    sessions.close();
  }
}
