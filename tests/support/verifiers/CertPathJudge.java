import java.io.FileInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.*;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Java's own path validation (RFC 5280 6), with revocation by lists or by OCSP.
 *
 * <p>{@code java CertPathJudge.java list|ocsp ROOT ISSUING LEAF...} prints a line for
 * each leaf: its file and what Java says of it. Lists and answers are fetched from the
 * addresses in the certificates.
 */
public class CertPathJudge {
    public static void main(String[] arguments) throws Exception {
        boolean byList = arguments[0].equals("list");
        System.setProperty("com.sun.security.enableCRLDP", String.valueOf(byList));
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        TrustAnchor root = new TrustAnchor(read(factory, arguments[1]), null);
        X509Certificate issuing = read(factory, arguments[2]);
        for (String file : List.of(arguments).subList(3, arguments.length)) {
            CertPath path = factory.generateCertPath(List.of(read(factory, file), issuing));
            System.out.println(file + "\t" + verdict(path, root, byList));
        }
    }

    private static String verdict(CertPath path, TrustAnchor root, boolean byList)
            throws GeneralSecurityException {
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker checker =
                (PKIXRevocationChecker) validator.getRevocationChecker();
        checker.setOptions(options(byList));
        PKIXParameters parameters = new PKIXParameters(Set.of(root));
        parameters.addCertPathChecker(checker);
        try {
            validator.validate(path, parameters);
            return "good";
        } catch (CertPathValidatorException refusal) {
            return word(refusal);
        }
    }

    private static EnumSet<PKIXRevocationChecker.Option> options(boolean byList) {
        // By lists the whole path; the root has no responder, so by OCSP the leaf alone.
        return byList
                ? EnumSet.of(
                        PKIXRevocationChecker.Option.PREFER_CRLS,
                        PKIXRevocationChecker.Option.NO_FALLBACK)
                : EnumSet.of(
                        PKIXRevocationChecker.Option.ONLY_END_ENTITY,
                        PKIXRevocationChecker.Option.NO_FALLBACK);
    }

    private static String word(CertPathValidatorException refusal) {
        if (refusal.getReason() == BasicReason.REVOKED) {
            CertificateRevokedException revoked =
                    (CertificateRevokedException) refusal.getCause();
            boolean isHold = revoked.getRevocationReason() == CRLReason.CERTIFICATE_HOLD;
            return isHold ? "suspended" : "revoked";
        }
        if (refusal.getReason() == BasicReason.EXPIRED) {
            return "expired";
        }
        if (refusal.getReason() == BasicReason.UNDETERMINED_REVOCATION_STATUS) {
            return "unknown";
        }
        return refusal.toString();
    }

    private static X509Certificate read(CertificateFactory factory, String file)
            throws IOException, CertificateException {
        try (FileInputStream stream = new FileInputStream(file)) {
            return (X509Certificate) factory.generateCertificate(stream);
        }
    }
}
